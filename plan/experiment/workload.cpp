#include "plan/experiment/workload.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/toml/lists.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/size.hpp"

namespace fluxscope::plan {
namespace {

constexpr IntegerRange kTokens{1, limits::kTokens};
constexpr char kRequestLens[] = "request_kv_lens_tokens";

std::int64_t longest(std::vector<std::int64_t> const& lens) {
  return *std::max_element(lens.begin(), lens.end());
}

std::int64_t shortest_of(Workload const& workload) {
  std::int64_t shortest = limits::kTokens;
  if (!workload.kv_lens.empty()) shortest = workload.kv_lens.front();
  for (auto const& lens : workload.request_kv_lens) {
    shortest = std::min(shortest, *std::min_element(lens.begin(), lens.end()));
  }
  return shortest;
}

void read_request_lens(TomlTable const& table, Workload& workload) {
  workload.request_kv_lens = table.integer_lists(kRequestLens, kTokens);
  if (workload.request_kv_lens.empty()) {
    throw InputError(table.where(kRequestLens) + ": " + kRequestLens +
                     " is empty (there would be nothing to do) add a list of lengths");
  }
  for (auto const& lens : workload.request_kv_lens) {
    if (!lens.empty() && lens.size() <= std::size_t{limits::kBatch}) continue;
    throw InputError(fmt::format("{}: {} holds a batch of {} requests (a batch has 1 to {}) {}",
                                 table.where(kRequestLens), kRequestLens, lens.size(),
                                 limits::kBatch, lens.empty() ? "remove it" : "split it"));
  }
}

void read_batches(TomlTable const& table, Workload& workload) {
  if (table.has(kRequestLens)) read_request_lens(table, workload);
  if (table.has(kRequestLens) && !table.has("batches") && !table.has("kv_lens_tokens")) return;
  workload.batches = ascending_integers(table, "batches", {1, limits::kBatch});
  workload.kv_lens = ascending_integers(table, "kv_lens_tokens", kTokens);
}

void read_chunk(TomlTable const& table, bool whole_steps, Workload& workload) {
  std::string const where = table.where("chunk_tokens") + ": chunk_tokens";
  if (!whole_steps) {
    throw InputError(where + " in an experiment of layers (a chunk is a step) set unit = " +
                     "\"step\", or give the queries of a layer as q_len_tokens");
  }
  if (table.has("q_len_tokens")) {
    throw InputError(where + " beside q_len_tokens (chunks cut whole prompts) remove one");
  }
  for (auto const& lens : workload.request_kv_lens) {
    if (longest(lens) == *std::min_element(lens.begin(), lens.end())) continue;
    throw InputError(where + " with requests of different lengths (their chunks would not be the " +
                     "same steps) give each length a [[workload]] of its own");
  }
  std::int64_t const chunk = table.integer("chunk_tokens", kTokens);
  if (std::int64_t const prompt = shortest_of(workload); chunk > prompt) {
    throw InputError(
        fmt::format("{} = {} is longer than the prompt of {} tokens (there is nothing "
                    "to cut) lower it to at most {}, or leave it out",
                    where, chunk, prompt, prompt));
  }
  workload.chunk = static_cast<std::int32_t>(chunk);
}

void expect_batch_plannable(std::string const& where, Workload const& workload, Model const& model,
                            std::int64_t requests, std::int64_t kv_len) {
  expect_plannable({.phase = workload.phase,
                    .shape = model.attention,
                    .requests = requests,
                    .q_len = workload.q_len == 0 ? kv_len : workload.q_len,
                    .kv_len = kv_len},
                   model.layers, where);
}

/// The largest batch at the longest context takes most; one of different lengths at most what as
/// many of its longest request would.
void expect_workload_plannable(TomlTable const& table, Workload const& workload,
                               Model const& model) {
  if (!workload.batches.empty()) {
    expect_batch_plannable(table.where("batches"), workload, model, workload.batches.back(),
                           workload.kv_lens.back());
  }
  for (auto const& lens : workload.request_kv_lens) {
    expect_batch_plannable(table.where(kRequestLens), workload, model,
                           static_cast<std::int64_t>(lens.size()), longest(lens));
  }
}

std::int64_t chunk_count(Workload const& workload, std::int64_t kv_len) {
  return workload.chunk == 0 ? 1 : (kv_len + workload.chunk - 1) / workload.chunk;
}

SequenceShape shape_of(Workload const& workload, std::int64_t tokens) {
  auto const kv_len = static_cast<std::int32_t>(tokens);
  return {workload.q_len == 0 ? kv_len : workload.q_len, kv_len};
}

}  // namespace

Workload read_workload(TomlTable const& table, Model const& model, bool whole_steps) {
  Workload workload{.where = table.where(),
                    .phase = phase_from(table.choice("phase", phase_names()))};
  read_batches(table, workload);
  try {
    validate(model.attention, workload.phase);
  } catch (InputError const& error) {
    throw InputError(table.where("phase") + ": " + error.what());
  }
  if (workload.phase == Phase::decode) {
    workload.q_len = 1;
  } else if (table.has("chunk_tokens")) {
    read_chunk(table, whole_steps, workload);
  } else if (table.has("q_len_tokens")) {
    workload.q_len =
        static_cast<std::int32_t>(table.integer("q_len_tokens", {1, shortest_of(workload)}));
  }
  table.close();
  expect_workload_plannable(table, workload, model);
  return workload;
}

WorkloadSize size_of(Workload const& workload) {
  WorkloadSize size;
  auto const add = [&](double requests, std::int64_t kv_len) {
    size.rows += 1;
    auto const chunks = static_cast<double>(chunk_count(workload, kv_len));
    size.chunks += chunks;
    size.chunk_requests += requests * chunks;
  };
  for (std::int64_t const requests : workload.batches) {
    for (std::int64_t const kv_len : workload.kv_lens) add(static_cast<double>(requests), kv_len);
  }
  for (auto const& lens : workload.request_kv_lens) {
    add(static_cast<double>(lens.size()), longest(lens));
  }
  return size;
}

void for_each_batch(Workload const& workload,
                    std::function<void(std::vector<SequenceShape> const&)> const& visit) {
  for (std::int64_t const requests : workload.batches) {
    for (std::int64_t const kv_len : workload.kv_lens) {
      visit(std::vector(static_cast<std::size_t>(requests), shape_of(workload, kv_len)));
    }
  }
  for (auto const& lens : workload.request_kv_lens) {
    std::vector<SequenceShape> batch;
    for (std::int64_t const kv_len : lens) batch.push_back(shape_of(workload, kv_len));
    visit(batch);
  }
}

std::vector<std::vector<SequenceShape>> chunks_of(Workload const& workload,
                                                  std::vector<SequenceShape> const& batch) {
  if (workload.chunk == 0) return {batch};
  std::int32_t const prompt = batch.front().kv_len;
  std::vector<std::vector<SequenceShape>> chunks;
  for (std::int32_t begin = 0; begin < prompt; begin += workload.chunk) {
    std::int32_t const tokens = std::min(workload.chunk, prompt - begin);
    chunks.emplace_back(batch.size(), SequenceShape{tokens, begin + tokens});
  }
  return chunks;
}

bool has_context(Workload const& workload, std::int64_t kv_len) {
  return std::binary_search(workload.kv_lens.begin(), workload.kv_lens.end(), kv_len) ||
         std::any_of(workload.request_kv_lens.begin(), workload.request_kv_lens.end(),
                     [&](auto const& lens) { return longest(lens) == kv_len; });
}

}  // namespace fluxscope::plan
