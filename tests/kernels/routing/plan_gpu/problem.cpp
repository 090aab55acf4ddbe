#include "tests/kernels/routing/plan_gpu/problem.hpp"

#include <algorithm>
#include <memory>

#include "plan/layer/kv_sections.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {
namespace {

/// Where row r's list begins on the device.
std::int64_t device_begin(PlanGpuSetup const& setup, std::size_t row) {
  return setup.lists.row_begin[row] + static_cast<std::int64_t>(row) * setup.list_gap;
}

std::vector<std::size_t> first_rows(PlanGpuSetup const& setup) {
  std::vector<std::size_t> rows{0};
  for (plan::SequenceShape const& sequence : setup.sequences) {
    rows.push_back(rows.back() +
                   static_cast<std::size_t>(setup.shape.q_heads * plan::blocks_of(sequence.q_len)));
  }
  return rows;
}

bool is_full(PlanGpuSetup const& setup, std::size_t seq, std::size_t head) {
  if (!setup.gate.empty() && setup.gate[seq] == 1) return true;
  if (setup.full_heads.empty()) return false;
  auto const heads = static_cast<std::size_t>(setup.shape.q_heads);
  bool const per_sequence = setup.full_heads.size() != heads;
  return setup.full_heads[(per_sequence ? seq * heads : 0) + head] == 1;
}

/// Device copies of a setup's inputs.
class PlanInputs {
 public:
  explicit PlanInputs(PlanGpuSetup const& setup)
      : sequences_(sequences_of(setup)),
        gate_(setup.gate),
        full_heads_(setup.full_heads),
        sections_(sections_of(setup)) {
    std::vector<std::int64_t> begin;
    std::vector<std::int32_t> count;
    for (std::size_t row = 0; row + 1 < setup.lists.row_begin.size(); ++row) {
      begin.push_back(device_begin(setup, row));
      count.push_back(
          static_cast<std::int32_t>(setup.lists.row_begin[row + 1] - setup.lists.row_begin[row]));
    }
    list_begin_ = std::make_unique<DeviceArray<std::int64_t>>(begin);
    list_count_ = std::make_unique<DeviceArray<std::int32_t>>(count);
    params_.sequences = sequences_.get();
    params_.batch = static_cast<std::int32_t>(setup.sequences.size());
    params_.q_heads = setup.shape.q_heads;
    params_.gate = gate_.get();
    params_.full_heads = full_heads_.get();
    params_.full_heads_per_sequence =
        setup.full_heads.size() != static_cast<std::size_t>(setup.shape.q_heads);
    params_.sparse = setup.sparse;
    params_.lists = {.row_begin = list_begin_->get(), .row_count = list_count_->get()};
    params_.section_begin = sections_.get();
    params_.sections = std::max(1, static_cast<std::int32_t>(sections_.size()));
    params_.kv_blocks = setup.kv_blocks.value_or(most_blocks(setup));
    params_.tile_capacity = setup.tile_capacity.value_or(setup.rows());
  }

  [[nodiscard]] kernels::PlanGpuParams const& params() const { return params_; }

 private:
  static std::vector<kernels::SequenceParams> sequences_of(PlanGpuSetup const& setup) {
    std::vector<kernels::SequenceParams> sequences;
    for (auto const& [q_len, kv_len] : setup.sequences) {
      sequences.push_back({.q_len = q_len, .kv_len = kv_len});
    }
    return sequences;
  }

  static std::vector<std::int32_t> sections_of(PlanGpuSetup const& setup) {
    if (!setup.section_begin.empty()) return setup.section_begin;
    if (setup.kv_section_bytes == 0) return {};
    return plan::section_first_rows(setup.shape, setup.sequences, setup.kv_section_bytes);
  }

  static std::int32_t most_blocks(PlanGpuSetup const& setup) {
    std::int32_t most = 0;
    for (auto const& sequence : setup.sequences) {
      most = std::max(most, plan::blocks_of(sequence.kv_len));
    }
    return most;
  }

  DeviceArray<kernels::SequenceParams> sequences_;
  DeviceArray<std::int32_t> gate_;
  DeviceArray<std::uint8_t> full_heads_;
  DeviceArray<std::int32_t> sections_;
  std::unique_ptr<DeviceArray<std::int64_t>> list_begin_;
  std::unique_ptr<DeviceArray<std::int32_t>> list_count_;
  kernels::PlanGpuParams params_;
};

}  // namespace

std::int32_t PlanGpuSetup::rows() const {
  return static_cast<std::int32_t>(first_rows(*this).back());
}

plan::BlockLists random_lists(PlanGpuSetup const& setup, double density, Random& random) {
  plan::BlockLists lists{.row_begin = {0}};
  for (auto const& [q_len, kv_len] : setup.sequences) {
    for (std::int32_t head = 0; head < setup.shape.q_heads; ++head) {
      for (std::int32_t q_block = 0; q_block < plan::blocks_of(q_len); ++q_block) {
        std::int32_t const visible = plan::visible_blocks(q_len, kv_len, q_block);
        for (std::int32_t block = 0; block < visible; ++block) {
          if (random.unit() < density) lists.columns.push_back(block);
        }
        lists.row_begin.push_back(static_cast<std::int64_t>(lists.columns.size()));
      }
    }
  }
  return lists;
}

plan::LayerPlan layer_plan(PlanGpuSetup const& setup) {
  plan::LayerPlan plan{.phase = plan::Phase::prefill,
                       .shape = setup.shape,
                       .sequences = setup.sequences,
                       .block_lists = setup.lists,
                       .execution = plan::Execution::fused,
                       .scheduler = plan::Scheduler::persistent};
  for (std::size_t seq = 0; seq < setup.sequences.size(); ++seq) {
    for (std::size_t head = 0; head < static_cast<std::size_t>(setup.shape.q_heads); ++head) {
      plan.selections.push_back(is_full(setup, seq, head) ? plan::Selection{} : setup.sparse);
    }
  }
  return plan;
}

std::vector<plan::Tile> expected_tiles(PlanGpuSetup const& setup) {
  auto const work = plan::make_layer_work(
      layer_plan(setup), {.sm_count = 132, .kv_section_bytes = setup.kv_section_bytes});
  auto tiles = work.launches.at(0).tiles;
  auto const first = first_rows(setup);
  for (plan::Tile& tile : tiles) {
    if (tile.kind != plan::TileKind::list) continue;
    auto const q_blocks =
        static_cast<std::size_t>(plan::blocks_of(setup.sequences[tile.seq].q_len));
    tile.kv_begin = static_cast<std::int32_t>(
        device_begin(setup, first[tile.seq] + tile.head * q_blocks + tile.q_block));
  }
  return tiles;
}

PlanGpuResult run_plan_gpu(PlanGpuSetup const& setup, int launches) {
  PlanInputs const inputs(setup);
  kernels::PlanGpuParams params = inputs.params();
  plan::Tile const unwritten{.seq = 0xffff, .head = 0xffff, .q_block = 0xffff};
  DeviceArray const tiles(
      std::vector<plan::Tile>(static_cast<std::size_t>(params.tile_capacity), unwritten));
  DeviceArray const count(std::vector<std::int32_t>{-7});
  DeviceArray const workspace(std::vector<std::uint8_t>(
      kernels::plan_gpu_workspace_bytes(params.tile_capacity, params.sections, params.kv_blocks),
      0xff));
  bool const probed = setup.probe != kernels::ProbeLevel::off;
  DeviceArray const warps(std::vector<kernels::WarpRecord>(probed ? 64 : 0));
  params.tiles = tiles.get();
  params.tile_count = count.get();
  params.workspace = workspace.get();
  params.probe = {.warps = warps.get(), .warp_capacity = static_cast<std::uint32_t>(warps.size())};
  for (int i = 0; i < launches; ++i) {
    kernels::launch_plan_gpu(params, {.probe = setup.probe}, nullptr);
  }
  return {count.download()[0], tiles.download(), warps.download()};
}

}  // namespace fluxscope::testing
