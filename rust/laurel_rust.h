/* The C interface (FFI) of the Rust library: tokenizer, chat template, safetensors header, compressed data,
 * Parquet, Arrow, expressions, SHA-256.
 *
 * Every function that can fail returns NULL when it succeeded, else a NUL-terminated UTF-8 message
 * that the caller frees with laurel_message_free; its outputs are untouched then. Nothing panics
 * across it. Inputs are borrowed for the call only; sizes are in bytes and inputs need no
 * NUL at their end. Functions on a const handle may be called from several threads at once; making
 * and freeing a handle may not overlap with other uses of the same handle. Free functions accept
 * NULL. */
#ifndef LAUREL_RUST_H_
#define LAUREL_RUST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laurel_tokenizer laurel_tokenizer;
typedef struct laurel_template laurel_template;
typedef struct laurel_decoder laurel_decoder;
typedef struct laurel_parquet laurel_parquet;
typedef struct laurel_arrow laurel_arrow;
typedef struct laurel_expressions laurel_expressions;

/* Owned by the caller, freed with the function of the same name; data is never NULL after success
 * unless said so. */
typedef struct laurel_bytes {
  char* data;
  size_t size;
} laurel_bytes;
typedef struct laurel_ids {
  int32_t* data;
  size_t size;
} laurel_ids;
/* `size` pairs: begin and end of a byte range, one after the other (2 * size numbers). */
typedef struct laurel_ranges {
  size_t* data;
  size_t size;
} laurel_ranges;

/* For the whole process: panics print nothing, as their messages carry what Rust's hook would. */
void laurel_silence_panics(void);

void laurel_message_free(char* message);
void laurel_bytes_free(laurel_bytes bytes);
void laurel_ids_free(laurel_ids ids);
void laurel_ranges_free(laurel_ranges ranges);

/* --- tokenizer --- */

/* `json` is the text of a tokenizer.json; its truncation and padding blocks are dropped. The handle
 * is freed with laurel_tokenizer_free. */
char* laurel_tokenizer_new(const char* json, size_t size, laurel_tokenizer** tokenizer);
void laurel_tokenizer_free(laurel_tokenizer* tokenizer);

/* Adds tokens in the order of `tokens`, a JSON list of {"content", "special", "normalized",
 * "lstrip", "rstrip", "single_word", "replace"}; one that is an added token already is skipped, or
 * takes the new flags with "replace". May not overlap with other uses of the handle. */
char* laurel_tokenizer_add(laurel_tokenizer* tokenizer, const char* tokens, size_t size);

/* Token ids of `text`; `add_special_tokens` runs the post-processor. Fails if `text` is not UTF-8.
 */
char* laurel_tokenizer_encode(const laurel_tokenizer* tokenizer, const char* text, size_t size,
                              bool add_special_tokens, laurel_ids* ids);

/* As encode without special tokens, but added tokens that overlap one of the `count` byte ranges of
 * `ordinary` (begin, end pairs; sorted, disjoint, on code-point boundaries) are encoded as ordinary
 * text. */
char* laurel_tokenizer_encode_partly_ordinary(const laurel_tokenizer* tokenizer, const char* text,
                                              size_t size, const size_t* ordinary, size_t count,
                                              laurel_ids* ids);

/* Byte ranges of `text` that spell special tokens: leftmost first, longest first, disjoint. */
char* laurel_tokenizer_special_text(const laurel_tokenizer* tokenizer, const char* text,
                                    size_t size, laurel_ranges* ranges);

/* The special tokens that the post-processor adds before and after a text. */
char* laurel_tokenizer_special_affixes(const laurel_tokenizer* tokenizer, laurel_ids* prefix,
                                       laurel_ids* suffix);

/* What the post-processor makes of a pair of texts, -1 in place of the first one's ids and -2 of the
 * second one's; and the token type of each. */
char* laurel_tokenizer_pair_template(const laurel_tokenizer* tokenizer, laurel_ids* ids,
                                     laurel_ids* types);

/* -1 if there is no such token. */
int64_t laurel_tokenizer_token_to_id(const laurel_tokenizer* tokenizer, const char* token,
                                     size_t size);

/* The token's text as it stands in the vocabulary; data is NULL if no token has the id. */
char* laurel_tokenizer_id_to_token(const laurel_tokenizer* tokenizer, uint32_t id,
                                   laurel_bytes* token);

/* The pad token that the padding block of tokenizer.json names; data is NULL without such a block.
 */
char* laurel_tokenizer_pad_token(const laurel_tokenizer* tokenizer, laurel_bytes* token);

/* {"normalizer", "pre_tokenizer", "post_processor", "decoder", "model"} as tokenizer.json holds them,
 * of the model its options. */
char* laurel_tokenizer_pipeline(const laurel_tokenizer* tokenizer, laurel_bytes* json);

/* The text of a tokenizer.json with other parts (a JSON object); of "model" the members given. */
char* laurel_tokenizer_with_parts(const char* json, size_t size, const char* parts,
                                  size_t parts_size, laurel_bytes* rebuilt);

/* All added tokens by id, as a JSON list of objects as in laurel_tokenizer_add, "id" for "replace".
 */
char* laurel_tokenizer_added_tokens(const laurel_tokenizer* tokenizer, laurel_bytes* json);

/* Largest id of vocabulary and added tokens, plus one. */
uint32_t laurel_tokenizer_vocabulary_size(const laurel_tokenizer* tokenizer);

/* --- chat template --- */

/* `variables` is a JSON object of what the template sees besides the messages. `date` is the day
 * that strftime_now prints, "YYYY-MM-DD", or NULL. Fails with the line of a syntax error. Freed
 * with laurel_template_free. */
char* laurel_template_new(const char* source, size_t source_size, const char* variables,
                          size_t variables_size, const char* date, laurel_template** chat_template);
void laurel_template_free(laurel_template* chat_template);

/* Renders `messages`, a JSON list, without generation prompt. `variables` is a JSON object of what
 * the template sees for these messages alone, before those of laurel_template_new. On failure
 * `*date_missing` says whether the template asked for the date while there is none. */
char* laurel_template_render(const laurel_template* chat_template, const char* messages,
                             size_t size, const char* variables, size_t variables_size,
                             laurel_bytes* text, bool* date_missing);

/* --- safetensors --- */

/* Checks a safetensors header: `header` holds the file's first bytes, at least its header's 8 + N
 * (more is fine), `file_size` the size of the whole file. `json` becomes
 *   {"data_begin": 8 + N, "tensors": [{"name", "dtype", "shape", "begin", "end"}, ...]}
 * in the order of the file, begin and end counted from the file's first byte. */
char* laurel_safetensors_check(const char* header, size_t size, uint64_t file_size,
                               laurel_bytes* json);

/* --- compressed data --- */

enum { laurel_gzip = 0, laurel_zstandard = 1, laurel_xz = 2 };

/* Puts up to `size` bytes at `to` and their number at `got`, 0 at the end, or returns false. */
typedef bool (*laurel_read)(void* context, char* to, size_t size, size_t* got);

/* Decompresses gzip (any number of members), Zstandard (any number of frames) or xz data (any number
 * of streams) that `read` hands out. Freed with laurel_decoder_free. */
char* laurel_decoder_new(uint8_t kind, laurel_read read, void* context, laurel_decoder** decoder);
void laurel_decoder_free(laurel_decoder* decoder);

/* Up to `size` bytes go to `to`, their number to `got`: 0 at the end of the last member, or if
 * `size` is 0. */
char* laurel_decoder_read(laurel_decoder* decoder, char* to, size_t size, size_t* got);

/* --- Parquet --- */

/* Opens the file at `path` (NUL-terminated) and says how many rows it has. Freed with
 * laurel_parquet_free. */
char* laurel_parquet_new(const char* path, laurel_parquet** parquet, uint64_t* rows);
void laurel_parquet_free(laurel_parquet* parquet);

/* The next rows, each a JSON object and '\n': at most `max_rows`, and no further one once they
 * have `max_bytes`. No bytes at the end. A row of more than `max_row_bytes` is cut after its
 * first `max_row_bytes` + 1 bytes. A row that cannot be decoded fails once the rows before it have been handed
 * out, and from then on. */
char* laurel_parquet_next(laurel_parquet* parquet, size_t max_rows, size_t max_bytes,
                          size_t max_row_bytes, laurel_bytes* lines);

/* --- Arrow --- */

/* Reads the schema of an Arrow file or stream that `read` hands out, from its first byte to its
 * last. Freed with laurel_arrow_free. */
char* laurel_arrow_new(laurel_read read, void* context, laurel_arrow** arrow);
void laurel_arrow_free(laurel_arrow* arrow);

/* As laurel_parquet_next. */
char* laurel_arrow_next(laurel_arrow* arrow, size_t max_rows, size_t max_bytes,
                        size_t max_row_bytes, laurel_bytes* lines);

/* --- expressions --- */

/* Compiles `json`, a list of {"text": a Jinja expression, "use": "value" | "name" | "filter"}. Of a
 * failure `*failed` is the number of the expression. Freed with laurel_expressions_free. */
char* laurel_expressions_new(const char* json, size_t size, laurel_expressions** expressions,
                             size_t* failed);
void laurel_expressions_free(laurel_expressions* expressions);

/* Of each expression the keys of the row that it names, and those that it asks for by row.get('key'):
 * a JSON list of pairs of lists. */
char* laurel_expressions_keys(const laurel_expressions* expressions, laurel_bytes* json);

/* Evaluates all for `row`, the text of a JSON object, to a list of their values in order, as CBOR: a
 * name is a string or null, a filter true. Null alone where a filter gives false. Keys that an expression
 * names and the row lacks are none. Of a failure `*failed` is the number of the expression. */
char* laurel_expressions_eval(const laurel_expressions* expressions, const char* row, size_t size,
                              laurel_bytes* cbor, size_t* failed);

/* --- SHA-256 --- */

/* 64 hexadecimal digits and a NUL go to `digits`. */
char* laurel_sha256(const void* data, size_t size, char digits[65]);
char* laurel_sha256_of_file(const char* path, char digits[65]);

/* --- words --- */

/* The words of a text after NFKC, without case, punctuation and spacing: each ended by a space; in
 * scripts without spaces (Han, kana, Thai, ...) each character, ended by a line end. */
char* laurel_words(const char* text, size_t size, laurel_bytes* words);

#ifdef __cplusplus
}
#endif

#endif
