// Contradictions and cycles: strong components (Tarjan 1972) of the majority's edges.
#include "curation/preference_graph.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "curation/judgements.h"

namespace laurel {

namespace {

struct Edge {
  uint32_t to = 0;  // number in its graph
  size_t row = 0;
};

// Of one prompt. Numbers are positions in `texts`.
struct PromptGraph {
  std::vector<uint32_t> texts;
  std::vector<std::vector<Edge>> edges;
};

PromptGraph graph_of(std::span<const ComparedPair> pairs) {
  PromptGraph graph;
  std::map<uint32_t, uint32_t> numbers;
  const auto number_of = [&](uint32_t text) {
    const auto [known, is_new] =
        numbers.try_emplace(text, static_cast<uint32_t>(graph.texts.size()));
    if (is_new) {
      graph.texts.push_back(text);
      graph.edges.emplace_back();
    }
    return known->second;
  };
  for (const ComparedPair& pair : pairs) {
    const uint32_t first = number_of(pair.first), second = number_of(pair.second);
    if (pair.first_better.size() > pair.second_better.size()) {
      graph.edges[first].push_back({second, pair.first_better.front()});
    } else if (pair.first_better.size() < pair.second_better.size()) {
      graph.edges[second].push_back({first, pair.second_better.front()});
    }
  }
  return graph;
}

// Strong components without recursion: a chain of a million responses is no deep stack.
class StrongComponents {
 public:
  explicit StrongComponents(const PromptGraph& graph)
      : graph_(graph),
        index_(graph.texts.size(), -1),
        low_(graph.texts.size()),
        component_(graph.texts.size(), -1) {
    for (uint32_t i = 0; i < graph.texts.size(); ++i) {
      if (index_[i] < 0) visit(i);
    }
  }

  int32_t count() const { return components_; }
  int32_t of(uint32_t i) const { return component_[i]; }

 private:
  struct Frame {
    uint32_t node;
    size_t next = 0;
  };

  void enter(uint32_t node) {
    index_[node] = low_[node] = time_++;
    open_.push_back(node);
    frames_.push_back({node});
  }

  void visit(uint32_t root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const uint32_t node = frame.node;
      if (frame.next < graph_.edges[node].size()) {
        const uint32_t to = graph_.edges[node][frame.next++].to;
        if (index_[to] < 0)
          enter(to);
        else if (component_[to] < 0)
          low_[node] = std::min(low_[node], index_[to]);
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) {
        const uint32_t before = frames_.back().node;
        low_[before] = std::min(low_[before], low_[node]);
      }
      if (low_[node] == index_[node]) close(node);
    }
  }

  void close(uint32_t node) {
    for (uint32_t member = node + 1; member != node;) {
      member = open_.back();
      open_.pop_back();
      component_[member] = components_;
    }
    ++components_;
  }

  const PromptGraph& graph_;
  std::vector<int32_t> index_, low_, component_;
  std::vector<uint32_t> open_;
  std::vector<Frame> frames_;
  int32_t time_ = 0, components_ = 0;
};

// The shortest way from `start` back to it inside its component, breadth first.
PreferenceCycle shortest_cycle(const PromptGraph& graph, const StrongComponents& components,
                               uint32_t start) {
  std::map<uint32_t, std::pair<uint32_t, size_t>> came_from;  // node, row
  std::vector<uint32_t> queue{start};
  for (size_t head = 0; head < queue.size() && !came_from.contains(start); ++head) {
    for (const Edge& edge : graph.edges[queue[head]]) {
      if (components.of(edge.to) != components.of(start)) continue;
      if (came_from.try_emplace(edge.to, queue[head], edge.row).second) queue.push_back(edge.to);
    }
  }
  PreferenceCycle cycle;
  for (uint32_t node = start;;) {
    const auto& [before, row] = came_from.at(node);
    cycle.responses.push_back(graph.texts[before]);
    cycle.rows.push_back(row);
    node = before;
    if (node == start) break;
  }
  std::ranges::reverse(cycle.responses);
  std::ranges::reverse(cycle.rows);
  return cycle;
}

void add_cycles(std::span<const ComparedPair> pairs, std::vector<PreferenceCycle>& cycles) {
  if (pairs.size() < 3) return;
  const PromptGraph graph = graph_of(pairs);
  const StrongComponents components(graph);
  std::vector<int64_t> sizes(components.count());
  for (uint32_t i = 0; i < graph.texts.size(); ++i) ++sizes[components.of(i)];
  std::vector<bool> seen(components.count());
  for (uint32_t i = 0; i < graph.texts.size(); ++i) {
    const int32_t component = components.of(i);
    if (sizes[component] < 3 || seen[component]) continue;
    seen[component] = true;
    cycles.push_back(shortest_cycle(graph, components, i));
    cycles.back().prompt = pairs.front().prompt;
    cycles.back().component = sizes[component];
  }
}

}  // namespace

std::vector<ComparedPair> compared_pairs(const CurationRows& rows, bool eval) {
  std::map<std::tuple<uint32_t, uint32_t, uint32_t>, ComparedPair> pairs;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const CurationRow& row = rows.rows[i];
    if (row.eval != eval) continue;
    for (const Judgement& judgement : judgements_of(row)) {
      const auto [first, second] = std::minmax(judgement.better, judgement.worse);
      ComparedPair& pair = pairs[{row.prompt, first, second}];
      pair.prompt = row.prompt, pair.first = first, pair.second = second;
      auto& votes = judgement.tie               ? pair.ties
                    : judgement.better == first ? pair.first_better
                                                : pair.second_better;
      votes.push_back(i);
    }
  }
  std::vector<ComparedPair> list;
  for (auto& [key, pair] : pairs) list.push_back(std::move(pair));
  return list;
}

bool is_contradictory(const ComparedPair& pair) {
  return !pair.first_better.empty() && !pair.second_better.empty();
}

bool are_votes(const ComparedPair& pair, const CurationRows& rows) {
  std::set<std::string> first;
  for (const size_t row : pair.first_better) first.insert(rows.rows[row].annotator);
  if (first.contains("")) return false;
  return std::ranges::none_of(pair.second_better, [&](size_t row) {
    const std::string& annotator = rows.rows[row].annotator;
    return annotator.empty() || first.contains(annotator);
  });
}

std::vector<PreferenceCycle> preference_cycles(const std::vector<ComparedPair>& pairs) {
  std::vector<PreferenceCycle> cycles;
  for (size_t begin = 0; begin < pairs.size();) {
    size_t end = begin + 1;
    while (end < pairs.size() && pairs[end].prompt == pairs[begin].prompt) ++end;
    add_cycles(std::span(pairs).subspan(begin, end - begin), cycles);
    begin = end;
  }
  return cycles;
}

}  // namespace laurel
