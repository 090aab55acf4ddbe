#include "tests/bench/growth/configs.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

namespace fluxscope::bench {
namespace {

constexpr char const* kSparse =
    "[sparse]\nkind = \"streaming\"\nsink_tokens = 128\nlocal_tokens = 512\n";

void write(std::string const& path, std::string const& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error(path + ": cannot be written");
}

void write_model(std::string const& path, int layers, int kv_heads) {
  write(path, fmt::format("name = \"growth\"\nlayers = {}\nhidden_size = {}\nintermediate_size = "
                          "14336\nvocab_size = 1000\nq_heads = {}\nkv_heads = {}\nhead_dim = 128\n",
                          layers, kv_heads * 128, kv_heads, kv_heads));
}

std::string experiment_head(std::string const& model, std::string const& schedulers,
                            std::size_t requests, std::string const& kv_lens) {
  return fmt::format(
      "name = \"growth\"\nmodel = \"{}\"\nschedulers = [{}]\n{}\n[[workload]]\nphase = \"decode\"\n"
      "batches = [{}]\nkv_lens_tokens = [{}]\n\n",
      model, schedulers, kSparse, requests, kv_lens);
}

}  // namespace

void write_sweep_config(std::string const& path, std::size_t points) {
  std::string seeds;
  for (std::size_t i = 0; i < points / 100; ++i) seeds += fmt::format("{}{}", i ? ", " : "", i);
  write(path, fmt::format(
                  "name = \"growth\"\ngpus = [\"h200\"]\nmodel = \"llama-3.1-8b\"\nphases = "
                  "[\"decode\"]\nkv_lens_tokens = [1024, 2048, 3072, 4096, 5120, 6144, 7168, 8192, "
                  "9216, 10240]\ndecode_batches = [1]\nmsr_ratios = [0.05, 0.15, 0.25, 0.35, 0.45, "
                  "0.55, 0.65, 0.75, 0.85, 0.95]\npolicies = [\"flux\"]\nexecutions = [\"fused\"]\n"
                  "schedulers = [\"natural\"]\nseeds = [{}]\n{}",
                  seeds, kSparse));
}

void write_experiment_config(std::string const& path, std::size_t rows) {
  write_model(path + ".model.toml", 4, 8);
  std::string text = experiment_head(path + ".model.toml", "\"natural\", \"longest_first\"", 1,
                                     "1024, 2048, 3072, 4096, 5120, 6144, 7168, 8192, 9216, 10240");
  for (std::size_t i = 0; i < rows / 20; ++i) {
    text += fmt::format(
        "[[policy]]\nname = \"flux\"\nlabel = \"p{}\"\nmsr_ratio = 0.5\nseed = {}\n", i, i);
  }
  write(path, text);
}

void write_gates_config(std::string const& path, std::size_t decisions) {
  constexpr int kLayers = 125;
  constexpr int kHeads = 8;
  std::size_t const requests = decisions / (kLayers * kHeads);
  write_model(path + ".model.toml", kLayers, kHeads);
  std::string gates = "request,layer,kv_head,full\n";
  for (std::size_t request = 0; request < requests; ++request) {
    for (int layer = 0; layer < kLayers; ++layer) {
      for (int head = 0; head < kHeads; ++head) {
        gates += fmt::format("{},{},{},{}\n", request, layer, head, (layer + head) % 2);
      }
    }
  }
  write(path + ".gates.csv", gates);
  write(path, experiment_head(path + ".model.toml", "\"natural\"", requests, "1024") +
                  fmt::format("[[policy]]\nname = \"head_dynamic\"\nexecutions = [\"fused\"]\n"
                              "gates = \"{}.gates.csv\"\n",
                              path));
}

}  // namespace fluxscope::bench
