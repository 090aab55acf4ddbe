#include "workload/mix/task_table.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace fluxscope::workload {
namespace {

constexpr double kMostWeight = 1e12;

/// Whether the key holds one number, of any size: else it is read as a list.
bool is_number(TomlTable const& table, std::string const& key) {
  try {
    static_cast<void>(table.integer(key));
    return true;
  } catch (InputError const&) {
    return false;
  }
}

/// A number, or a list that is not empty.
std::vector<std::int64_t> lengths_of(TomlTable const& table, std::string const& key) {
  IntegerRange const range{1, limits::kTokens};
  if (is_number(table, key)) return {table.integer(key, range)};
  auto values = table.integers(key, range);
  if (values.empty()) {
    throw InputError(table.where(key) + ": " + key +
                     " is an empty list (a task has lengths) add one");
  }
  return values;
}

double positive(TomlTable const& table, std::string const& key, double value) {
  if (value > 0 && value <= kMostWeight) return value;
  throw InputError(table.where(key) + ": " + key +
                   " is not above 0 and at most 1e12 (it says how often the requests come) choose "
                   "a positive number, or remove the task or length");
}

void expect_as_many(TomlTable const& table, std::string const& key, std::size_t count,
                    std::size_t prompts) {
  if (count == prompts) return;
  throw InputError(table.where(key) + ": " + key + " has " + std::to_string(count) +
                   " entries (prompt_tokens has " + std::to_string(prompts) +
                   ") give one for each prompt");
}

std::vector<double> shares_of(TomlTable const& table, std::size_t prompts) {
  std::string const key = "prompt_shares";
  if (!table.has(key)) return std::vector(prompts, 1.0 / static_cast<double>(prompts));
  std::vector<double> shares = table.numbers(key);
  expect_as_many(table, key, shares.size(), prompts);
  for (double const share : shares) static_cast<void>(positive(table, key, share));
  double const sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= sum;
  return shares;
}

std::vector<TaskLength> read_lengths(TomlTable const& table) {
  auto const prompts = lengths_of(table, "prompt_tokens");
  auto outputs = lengths_of(table, "output_tokens");
  if (!is_number(table, "output_tokens")) {
    expect_as_many(table, "output_tokens", outputs.size(), prompts.size());
  }
  outputs.resize(prompts.size(), outputs[0]);
  auto const shares = shares_of(table, prompts.size());
  std::vector<TaskLength> lengths;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    if (prompts[i] + outputs[i] > limits::kTokens) {
      throw InputError(table.where("output_tokens") + ": a prompt of " +
                       std::to_string(prompts[i]) + " and an output of " +
                       std::to_string(outputs[i]) + " tokens (a request has at most " +
                       std::to_string(limits::kTokens) + ") lower one");
    }
    lengths.push_back({prompts[i], outputs[i], shares[i]});
  }
  return lengths;
}

void expect_source(TomlTable const& table, TaskTable const& read) {
  bool const msr = read.msr_ratio || !read.msr_ratios.empty();
  if (msr && read.task.msr_source.empty()) {
    throw InputError(table.where(read.msr_ratio ? "msr_ratio" : "msr_ratios") + ": task " +
                     read.task.name + " has an MSR and no msr_source (a number that " +
                     "nobody can look up supports no result) add msr_source = \"paper, table\", " +
                     "or \"what if\" where it is a question");
  }
  if (!msr && table.has("msr_source")) {
    throw InputError(table.where("msr_source") + ": task " + read.task.name +
                     " has an msr_source and no MSR (there is nothing that it is the source of) " +
                     "add msr_ratio, or remove it");
  }
}

}  // namespace

TaskTable read_task(TomlTable const& table) {
  TaskTable read{.task = {.name = table.label("name"),
                          .where = table.where(),
                          .weight = positive(table, "weight", table.number("weight")),
                          .lengths = read_lengths(table)}};
  if (table.has("msr_ratio")) read.msr_ratio = table.number("msr_ratio", {0, 1});
  if (table.has("msr_ratios")) {
    TomlTable const by_label = table.table("msr_ratios");
    for (std::string const& label : by_label.keys()) {
      read.msr_ratios[label] = by_label.number(label, {0, 1});
    }
  }
  read.task.msr_source = table.text_or("msr_source", "");
  expect_source(table, read);
  read.gates = table.text_or("gates", "");
  table.close();
  return read;
}

}  // namespace fluxscope::workload
