// The names that people bring along, each with what it is here.
#include "config/other_names.h"

#include <algorithm>

#include "core/str.h"

namespace laurel {

namespace {

struct OtherName {
  const char* name;
  const char* whose;  // "": a word of the field
  const char* here;
};

constexpr OtherName kOtherNames[] = {
    {"learning_rate", "TRL", "train.lr"},
    {"num_train_epochs", "TRL", "train.epochs"},
    {"max_epochs", "OpenRLHF", "train.epochs"},
    {"max_steps", "TRL", "train.steps"},
    {"per_device_train_batch_size", "TRL",
     "train.batch_size, the groups of a whole step (per device x gradient_accumulation_steps x devices)"},
    {"train_batch_size", "OpenRLHF", "train.batch_size"},
    {"gradient_accumulation_steps", "TRL",
     "not needed: train.batch_size is the whole step, and train.tokens_per_micro_batch what goes through the model at once"},
    {"micro_train_batch_size", "OpenRLHF", "train.tokens_per_micro_batch, in tokens"},
    {"per_device_eval_batch_size", "TRL", "train.tokens_per_micro_batch, in tokens"},
    {"lr_scheduler_type", "TRL", "train.schedule: \"cosine\", \"linear\" or \"constant\""},
    {"lr_scheduler", "OpenRLHF", "train.schedule: \"cosine\", \"linear\" or \"constant\""},
    {"warmup_ratio", "TRL", "train.schedule.warmup, a part of the steps"},
    {"warmup_steps", "TRL", "train.schedule.warmup, a part of the steps"},
    {"lr_warmup_ratio", "OpenRLHF", "train.schedule.warmup, a part of the steps"},
    {"adam_beta1", "TRL", "the first of train.betas"},
    {"adam_beta2", "TRL", "the second of train.betas"},
    {"adam_betas", "OpenRLHF", "train.betas"},
    {"adam_epsilon", "TRL", "train.eps"},
    {"max_norm", "OpenRLHF", "train.max_grad_norm"},
    {"ema_decay", "", "train.average: {\"ema\": {\"decay\": ...}}"},
    {"use_ema", "diffusers", "train.average: \"ema\""},
    {"ema", "", "train.average: \"ema\""},
    {"optim", "TRL",
     "not an option: the optimizer is AdamW, train.moments says how its moments are stored"},
    {"gradient_checkpointing", "TRL", "train.recompute"},
    {"bf16", "TRL", "train.precision: \"bf16\""},
    {"fp16", "TRL",
     "not offered in training: train.precision is fp32 or bf16; `laurel export --dtype fp16` writes it"},
    {"torch_dtype", "transformers", "train.precision"},
    {"dtype", "transformers", "train.precision"},
    {"data_seed", "TRL", "train.seed"},
    {"output_dir", "TRL", "run.folder"},
    {"save_path", "OpenRLHF", "run.folder"},
    {"ckpt_path", "OpenRLHF", "run.folder"},
    {"overwrite_output_dir", "TRL", "--overwrite on the command line"},
    {"resume_from_checkpoint", "TRL", "run.resume"},
    {"load_checkpoint", "OpenRLHF", "run.resume"},
    {"eval_strategy", "TRL", "train.eval_every: a whole number, \"end\" or \"epoch\""},
    {"evaluation_strategy", "TRL", "train.eval_every: a whole number, \"end\" or \"epoch\""},
    {"eval_steps", "TRL", "train.eval_every"},
    {"save_steps", "TRL", "train.save_every"},
    {"save_strategy", "TRL", "train.save_every, in steps"},
    {"save_total_limit", "TRL", "train.keep_last"},
    {"max_ckpt_num", "OpenRLHF", "train.keep_last"},
    {"load_best_model_at_end", "TRL", "train.keep_best"},
    {"metric_for_best_model", "TRL", "train.keep_best"},
    {"max_seq_length", "TRL", "model.max_length"},
    {"max_len", "OpenRLHF", "model.max_length"},
    {"max_prompt_length", "TRL",
     "model.max_length, of prompt and answer together, with model.over_length"},
    {"model_name_or_path", "TRL", "model.path"},
    {"pretrain", "OpenRLHF", "model.path"},
    {"dataset_name", "TRL", "sources[].train, of files on this machine"},
    {"train_file", "TRL", "sources[].train"},
    {"dataset", "OpenRLHF", "sources[].train"},
    {"train_dataset", "TRL", "sources[].train"},
    {"eval_dataset", "TRL", "sources[].eval"},
    {"dataset_probs", "OpenRLHF", "share, of each source"},
    {"max_samples", "OpenRLHF", "limit, of each source"},
    {"input_template", "OpenRLHF", "text, of each source: \"chat\" or \"plain\""},
    {"apply_chat_template", "OpenRLHF", "text, of each source: \"chat\""},
    {"chat_template", "TRL", "model.chat_template"},
    {"chat_template_path", "TRL", "model.chat_template"},
    {"chosen_key", "OpenRLHF", "fields, of each source: {\"chosen\": NAME}"},
    {"rejected_key", "OpenRLHF", "fields, of each source: {\"rejected\": NAME}"},
    {"prompt_key", "OpenRLHF", "fields, of each source: {\"prompt\": NAME}"},
    {"columns", "",
     "fields, of each source: laurel's name -> a field of the rows, or an expression over them,"},
    {"center_rewards_coefficient", "TRL", "loss.center, of each source"},
    {"margin_loss", "OpenRLHF",
     "not needed: a row's \"margin\" is used by the losses that take one"},
    {"loss_type", "TRL", "loss, of each source"},
    {"dataset_num_proc", "TRL", "data.threads"},
    {"packing_samples", "OpenRLHF", "not needed: rows are always packed without padding"},
    {"packing", "TRL", "not needed: rows are always packed without padding"},
    {"group_by_length", "TRL", "not needed: rows are always packed without padding"},
    {"flash_attn", "OpenRLHF", "not an option: attention over packed rows is always used"},
    {"attn_implementation", "transformers",
     "not an option: attention over packed rows is always used"},
    {"logging_steps", "TRL", "train.log_every; every step is in metrics.jsonl of the run folder"},
    {"report_to", "TRL",
     "not needed: a run folder has TensorBoard events and, of every step, metrics.jsonl"},
    {"use_wandb", "OpenRLHF", "not needed: every step is in metrics.jsonl of the run folder"},
    {"use_peft", "TRL", "model.train: \"lora\""},
    {"peft_config", "TRL", "model.train: {\"lora\": {...}}"},
    {"lora_r", "TRL", "model.train.lora.rank"},
    {"r", "PEFT", "model.train.lora.rank"},
    {"lora_rank", "OpenRLHF", "model.train.lora.rank"},
    {"lora_alpha", "PEFT", "model.train.lora.alpha"},
    {"target_modules", "PEFT", "model.train.lora.targets"},
    {"lora_target_modules", "TRL", "model.train.lora.targets"},
    {"use_rslora", "PEFT", "model.train.lora.scaling: \"alpha/sqrt(r)\""},
    {"lora_dropout", "PEFT", "model.train.lora.dropout"},
    {"hidden_dropout_prob", "transformers", "model.dropout"},
    {"attention_dropout", "transformers", "model.dropout"},
    {"classifier_dropout", "transformers", "model.dropout"},
    {"disable_dropout", "TRL", "model.dropout, 0 where it is not given"},
    {"modules_to_save", "PEFT", "not needed: the head is always trained whole and saved"},
    {"freeze_backbone", "", "model.train: \"head\""},
    {"mse", "", "squared_error"},
    {"mse_loss", "", "squared_error"},
    {"l2_loss", "", "squared_error"},
    {"regression", "", "squared_error"},
    {"mae", "", "absolute_error"},
    {"l1", "", "absolute_error"},
    {"smooth_l1", "", "huber"},
    {"bce", "", "binary_cross_entropy"},
    {"bce_with_logits", "", "binary_cross_entropy"},
    {"sigmoid", "", "bradley_terry"},
    {"logsigmoid", "", "bradley_terry"},
    {"pairwise_loss", "", "bradley_terry"},
    {"ranking_loss", "", "bradley_terry"},
    {"bt", "", "bradley_terry"},
    {"listmle", "", "plackett_luce"},
    {"lambdarank", "", "lambda"},
    {"bfloat16", "", "bf16"},
    {"float32", "", "fp32"},
    {"gpu", "", "cuda"},
    {"preference", "", "pairwise"},
    {"pairs", "", "pairwise"},
    {"rating", "", "pointwise"},
    {"ratings", "", "pointwise"},
    {"ranking", "", "ranked"},
    {"listwise", "", "ranked"},
    {"stepwise", "", "segments"},
    {"cosine_with_warmup", "", "cosine"},
    {"cosine_with_min_lr", "", "cosine"},
    {"constant_with_warmup", "", "constant"},
};

}  // namespace

std::string known_elsewhere(std::string_view name) {
  const auto* const found = std::ranges::find(kOtherNames, name, &OtherName::name);
  if (found == std::end(kOtherNames)) return "";
  const std::string_view whose(found->whose);
  const std::string name_there = whose.empty() ? str("\"", name, "\"") : str(whose, "'s ", name);
  const std::string_view here(found->here);
  return str(name_there, " is ", here, here.starts_with("not ") ? "" : " here");
}

}  // namespace laurel
