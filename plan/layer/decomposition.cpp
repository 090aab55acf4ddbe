#include "plan/layer/decomposition.hpp"

#include <algorithm>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "plan/layer/split.hpp"

namespace fluxscope::plan {
namespace {

// Of FlashAttention-2 2.7 at head_dim 128: queries of a CTA plus one K and one V block, bf16
// (kernel_traits.h). 128 threads that may take all 255 registers: two CTAs per SM.
constexpr KernelResources kFlashPrefill{128, 255, 65536};  // 128 x 64
constexpr KernelResources kFlashSplit{128, 255, 81920};    // 64 x 128, its split kernel
constexpr KernelResources kInferDecode{128, 128, 32768};

constexpr std::int32_t kMostSplits = 128;
constexpr std::int32_t kCombineRows = 4;
constexpr std::string_view kFixed = "fixed_split:";

std::vector<Decomposition> make_table() {
  std::vector<Decomposition> rows = {
      Decomposition{.name = "flash2",
                    .meaning = "FlashAttention-2: 128 query rows; decode packed and split by waves",
                    .split = DecodeSplit::waves,
                    .prefill = kFlashPrefill,
                    .decode = kFlashSplit},
      Decomposition{.name = "vllm_flash2",
                    .meaning = "vLLM's operator: K and V to pages, FlashAttention-2 with 64 query "
                               "rows; decode of groups packed and split by waves, of MHA and "
                               "windows whole",
                    .prefill_rows = 64,
                    .split = DecodeSplit::waves,
                    .packing = GroupPacking::full_groups,
                    .unsplit_unless_packed = true,
                    .copies_packed = true,
                    .writes_cache = true,
                    .prefill = kFlashSplit,
                    .decode = kFlashSplit},
      Decomposition{.name = "flashinfer",
                    .meaning = "FlashInfer: 128 query rows; decode, and prefill of few tiles, in "
                               "chunks that fill the slots",
                    .split = DecodeSplit::fill,
                    .splits_prefill = true,
                    .prefill = kFlashPrefill,
                    .decode = kInferDecode},
      Decomposition{.name = "no_split",
                    .meaning = "128 query rows; decode packed, a CTA reads all of a KV head",
                    .prefill = kFlashPrefill,
                    .decode = kFlashSplit}};
  for (std::int32_t splits = 1; splits <= kMostSplits; ++splits) {
    rows.push_back({.name = std::string(kFixed) + std::to_string(splits),
                    .meaning = "128 query rows; decode packed, N pieces a row",
                    .split = DecodeSplit::fixed,
                    .fixed_splits = splits,
                    .prefill = kFlashPrefill,
                    .decode = kFlashSplit});
  }
  return rows;
}

std::vector<Decomposition> const& all_rows() {
  static std::vector<Decomposition> const rows = make_table();
  return rows;
}

std::int32_t ceil_div(std::int64_t a, std::int64_t b) {
  return static_cast<std::int32_t>((a + b - 1) / b);
}

[[noreturn]] void refuse(Decomposition const& decomposition, std::string const& what,
                         std::string const& advice) {
  throw InputError("a kernel of decomposition " + decomposition.name + " has no " + what +
                   " (it is another program's, with one selection and order for all) " + advice);
}

void validate(LayerPlan const& plan, Decomposition const& decomposition) {
  validate(plan.shape, Phase::prefill);  // decode groups: up to a CTA's query rows
  expects(!plan.sequences.empty() &&
              plan.selections.size() == plan.sequences.size() * std::size_t(plan.shape.q_heads),
          "one selection per (sequence, query head)");
  if (plan.execution != Execution::layer_uniform) {
    refuse(decomposition, "per-head execution", "use execution layer_uniform.");
  }
  if (plan.scheduler != Scheduler::natural) {
    refuse(decomposition, "scheduler but natural", "use natural.");
  }
  Selection const& selection = plan.selections[0];
  auto const same = [&](Selection const& other) { return other == selection; };
  if (!std::all_of(plan.selections.begin(), plan.selections.end(), same)) {
    refuse(decomposition, "selections that differ", "give all heads and requests one.");
  }
  bool const window = selection.kind == SelectionKind::streaming && selection.sink_tokens == 0;
  if (selection.kind != SelectionKind::full && !window) {
    refuse(decomposition, "selection but full and a window",
           "use full, or streaming with sink_tokens = 0.");
  }
  if (plan.phase == Phase::decode && plan.shape.q_heads / plan.shape.kv_heads > 64) {
    refuse(decomposition, "groups of more than 64 query heads per KV head", "use fewer.");
  }
}

class Cutter {
 public:
  Cutter(LayerPlan const& plan, Decomposition const& decomposition, DeviceSlots const& slots,
         bool causal)
      : plan_(plan), kernel_(decomposition), slots_(slots), causal_(causal) {
    std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
    bool const full = plan.selections[0].kind == SelectionKind::full;
    packed_ = plan.phase == Phase::decode &&
              (kernel_.packing == GroupPacking::always || (group > 1 && full));
    copies_ = packed_ && kernel_.copies_packed && group > 1 && plan.sequences.size() > 1;
  }

  std::vector<WorkList> launches() {
    std::vector<WorkList> result;
    std::vector<TileRow> const rows = rows_of_plan();
    std::int32_t const pieces = pieces_of(rows);
    auto split = split_rows(rows, pieces_of_each(rows, pieces));
    bool const prefill = plan_.phase == Phase::prefill;
    if (kernel_.writes_cache) result.push_back(cache_write());
    if (copies_) result.push_back(copy());
    result.push_back(list(prefill ? LaunchOp::prefill : LaunchOp::decode, std::move(split.tiles)));
    result.back().partial_slots = split.partial_slots;
    if (!split.combine.empty()) result.push_back(combine(split.combine, pieces));
    if (copies_) result.push_back(copy());
    return result;
  }

 private:
  [[nodiscard]] WorkList list(LaunchOp op, std::vector<Tile> tiles) const {
    WorkList made{.op = op, .scheduler = Scheduler::natural};
    made.grid_ctas = checked_cast<std::int32_t>(tiles.size(), "tiles of a launch");
    made.ctas_per_sm = op == LaunchOp::prefill  ? slots_.prefill_ctas_per_sm
                       : op == LaunchOp::decode ? slots_.decode_ctas_per_sm
                                                : slots_.copy_ctas_per_sm;
    made.tiles = std::move(tiles);
    return made;
  }

  /// KV blocks that query rows [first, first + rows) of a sequence see.
  [[nodiscard]] BlockRanges visible(SequenceShape const& sequence, std::int32_t first,
                                    std::int32_t rows) const {
    std::int32_t const before = sequence.kv_len - sequence.q_len;
    std::int32_t const last = std::min(first + rows, sequence.q_len);
    std::int32_t const end = blocks_of(causal_ ? before + last : sequence.kv_len);
    Selection const& selection = plan_.selections[0];
    std::int32_t begin = 0;
    if (selection.kind != SelectionKind::full) {
      begin = std::max(0, before + first + 1 - selection.local_tokens) / kBlockTokens;
    }
    return {.kv_begin = begin, .kv_count = end - begin};
  }

  [[nodiscard]] std::vector<TileRow> rows_of_plan() const {
    std::vector<TileRow> rows;
    std::int32_t const heads = packed_ ? plan_.shape.kv_heads : plan_.shape.q_heads;
    std::int32_t const q_rows = plan_.phase == Phase::prefill ? kernel_.prefill_rows : 1;
    for (std::size_t seq = 0; seq < plan_.sequences.size(); ++seq) {
      SequenceShape const& sequence = plan_.sequences[seq];
      std::int32_t const q_blocks = ceil_div(sequence.q_len, q_rows);
      (void)checked_cast<std::uint16_t>(q_blocks - 1, "query blocks of a sequence");
      for (std::int32_t head = 0; head < heads; ++head) {
        for (std::int32_t q_block = 0; q_block < q_blocks; ++q_block) {
          Tile const tile = range_tile(static_cast<std::int32_t>(seq), head, q_block,
                                       visible(sequence, q_block * q_rows, q_rows));
          rows.push_back({.whole = tile, .blocks = visited_blocks(tile)});
        }
      }
    }
    return rows;
  }

  [[nodiscard]] static std::int32_t most_blocks(std::vector<TileRow> const& rows) {
    std::int32_t blocks = 1;
    for (TileRow const& row : rows) blocks = std::max(blocks, row.blocks);
    return blocks;
  }

  /// FlashInfer's scheduler counts the tiles of packed query heads, and all KV of a request
  /// whatever a tile sees of it.
  [[nodiscard]] std::int32_t prefill_pieces(std::int32_t blocks) const {
    std::int64_t const group = plan_.shape.q_heads / plan_.shape.kv_heads;
    std::int64_t tiles = 0;
    for (SequenceShape const& one : plan_.sequences) {
      tiles += ceil_div(group * one.q_len, kernel_.prefill_rows);
    }
    std::int64_t const most = std::int64_t{2} * slots_.sm_count / plan_.shape.kv_heads;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(most / tiles, 1, blocks));
  }

  /// Chunks of prefill begin at the same tokens for every row, which has as many as it sees.
  [[nodiscard]] std::vector<std::int32_t> pieces_of_each(std::vector<TileRow> const& rows,
                                                         std::int32_t pieces) const {
    std::vector<std::int32_t> each(rows.size(), pieces);
    if (plan_.phase != Phase::prefill || pieces == 1) return each;
    std::int32_t const chunk = ceil_div(most_blocks(rows), pieces);
    for (std::size_t i = 0; i < rows.size(); ++i) each[i] = ceil_div(rows[i].blocks, chunk);
    return each;
  }

  [[nodiscard]] std::int32_t pieces_of(std::vector<TileRow> const& rows) const {
    std::int32_t const blocks = most_blocks(rows);
    if (plan_.phase == Phase::prefill) return kernel_.splits_prefill ? prefill_pieces(blocks) : 1;
    if (kernel_.unsplit_unless_packed && !packed_) return 1;
    auto const count = static_cast<std::int64_t>(rows.size());
    switch (kernel_.split) {
      case DecodeSplit::none:
        return 1;
      case DecodeSplit::fixed:
        return std::min(kernel_.fixed_splits, blocks);
      case DecodeSplit::waves:
        return flash_splits(count, split_steps(blocks), 2 * slots_.sm_count);
      case DecodeSplit::fill:
        break;
    }
    std::int64_t const most = std::int64_t{slots_.sm_count} * slots_.decode_ctas_per_sm / count;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(most, 1, blocks));
  }

  /// KV steps of FlashAttention-2's split kernel: 256 tokens at head_dim 64, 128 at 128.
  [[nodiscard]] std::int32_t split_steps(std::int32_t blocks) const {
    return ceil_div(blocks, plan_.shape.head_dim <= 64 ? 2 : 1);
  }

  [[nodiscard]] WorkList combine(std::vector<Tile> const& merges, std::int32_t pieces) const {
    std::int64_t outputs = 0;  // rows of all query heads; decode has one query
    for (SequenceShape const& one : plan_.sequences) {
      outputs += std::int64_t{one.q_len} * plan_.shape.q_heads;
    }
    auto const tiles = static_cast<std::size_t>(ceil_div(outputs, kCombineRows));
    std::vector<Tile> merged;
    for (std::size_t i = 0; i < tiles; ++i) {
      Tile tile = merges[i * merges.size() / tiles];
      tile.kv_count = pieces;
      merged.push_back(tile);
    }
    return list(LaunchOp::combine, std::move(merged));
  }

  /// Queries to packed rows, or outputs back; a tile copies as many bytes as a KV block has.
  [[nodiscard]] WorkList copy() const {
    std::int64_t const bytes = static_cast<std::int64_t>(plan_.sequences.size()) *
                               plan_.shape.q_heads * plan_.shape.head_dim * 2;
    std::vector<Tile> tiles(static_cast<std::size_t>(ceil_div(bytes, kv_block_bytes(plan_.shape))));
    for (Tile& tile : tiles) tile.kv_count = 1;
    return list(LaunchOp::combine, std::move(tiles));
  }

  /// vLLM's reshape_and_cache_flash: a CTA per token, a thread per element of its K up to 512, and
  /// as many rounds as that takes. A tile is 512 threads: four tokens where a token has 128.
  [[nodiscard]] WorkList cache_write() const {
    constexpr std::int64_t kThreads = 512;
    std::int64_t const elements = std::int64_t{plan_.shape.kv_heads} * plan_.shape.head_dim;
    std::int64_t tokens = 0;
    for (SequenceShape const& sequence : plan_.sequences) tokens += sequence.q_len;
    auto const tiles = ceil_div(tokens * std::min(elements, kThreads), kThreads);
    std::vector<Tile> writes(static_cast<std::size_t>(tiles));
    for (Tile& tile : writes) tile.kv_count = ceil_div(elements, kThreads);
    return list(LaunchOp::gather_kv, std::move(writes));
  }

  LayerPlan const& plan_;
  Decomposition const& kernel_;
  DeviceSlots const& slots_;
  bool causal_;
  bool packed_ = false;
  bool copies_ = false;
};

}  // namespace

std::vector<std::string> decomposition_names() {
  std::vector<std::string> names;
  for (Decomposition const& row : all_rows()) {
    if (row.split != DecodeSplit::fixed) names.push_back(row.name);
  }
  names.push_back(std::string(kFixed) + "N");
  return names;
}

Decomposition const* decomposition_named(std::string_view name) {
  auto const& rows = all_rows();
  auto const found =
      std::find_if(rows.begin(), rows.end(), [&](auto const& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

std::vector<WorkList> decomposed_launches(LayerPlan const& plan, Decomposition const& decomposition,
                                          DeviceSlots const& slots, bool causal) {
  validate(plan, decomposition);
  expects(slots.sm_count >= 1 && slots.decode_ctas_per_sm >= 1, "a device has slots");
  return Cutter(plan, decomposition, slots, causal).launches();
}

}  // namespace fluxscope::plan
