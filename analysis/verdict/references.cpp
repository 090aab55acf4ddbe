#include "analysis/verdict/references.hpp"

#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "analysis/verdict/comparable.hpp"
#include "analysis/verdict/kv_tree.hpp"
#include "base/speedup.hpp"

namespace fluxscope::analysis {
namespace {

/// The rows of one shape that read everything.
struct FullRows {
  std::map<std::string_view, double> time_of_scheduler_ns;
  FullReference quickest;
  VerdictRow const* best = nullptr;

  void add(VerdictRow const& row) {
    bool const named_full = row.row.level == "full";
    if (!std::isfinite(row.time_ns)) return;
    if (!named_full && !reads_everything(row.full_blocks, row.selected_blocks)) return;
    if (named_full) time_of_scheduler_ns[row.row.scheduler] = row.time_ns;
    if (quickest.add(row.time_ns)) best = &row;
  }
};

void set_speedups(VerdictRow& row, FullRows const& full, IntervalKind kind) {
  if (!std::isfinite(row.time_ns) || row.time_ns <= 0) return;
  auto const same = full.time_of_scheduler_ns.find(row.row.scheduler);
  if (same != full.time_of_scheduler_ns.end()) {
    row.speedup_same_scheduler = same->second / row.time_ns;
  }
  if (full.best == nullptr) return;
  auto const ratio = time_ratio(time_interval(*full.best), time_interval(row), kind);
  row.speedup_best_full = full.quickest.speedup(row.time_ns);
  row.efficiency_ratio = *row.speedup_best_full / row.ideal_speedup;
  // Against itself a row is not uncertain.
  bool const interval = std::isfinite(ratio.low) && std::isfinite(ratio.high);
  if (&row == full.best || !interval) return;
  row.speedup_low = ratio.low;
  row.speedup_high = ratio.high;
}

/// The rows of one shape at layer level.
class LayerRows {
 public:
  LayerRows(std::span<VerdictRow const> rows, std::span<std::uint32_t const> of_shape) {
    std::map<std::string_view, std::vector<KvTree::Point>> points;
    std::vector<KvTree::Point> all;
    for (auto const i : of_shape) {
      auto const& row = rows[i];
      if (row.row.level != "layer" || !std::isfinite(row.time_ns)) continue;
      all.push_back({kv_of(row), row.time_ns, i});
      points[row.row.scheduler].push_back(all.back());
    }
    for (auto& [scheduler, own] : points) of_scheduler_.emplace(scheduler, std::move(own));
    all_.emplace(std::move(all));
  }

  /// The nearest in KV; of equally near ones first the same scheduler, then the quickest.
  [[nodiscard]] std::optional<std::uint32_t> nearest(VerdictRow const& head) const {
    auto const any = all_->nearest(kv_of(head));
    if (!any) return std::nullopt;
    auto const found = of_scheduler_.find(head.row.scheduler);
    if (found == of_scheduler_.end()) return any->row;
    auto const same = found->second.nearest(kv_of(head));
    bool const as_near =
        std::tie(same->unequal, same->difference) == std::tie(any->unequal, any->difference);
    return as_near ? same->row : any->row;
  }

 private:
  std::map<std::string_view, KvTree> of_scheduler_;  // none is empty
  std::optional<KvTree> all_;
};

}  // namespace

void relate_to_full(std::span<VerdictRow> rows, IntervalKind kind) {
  for (auto const& of_shape : rows_by_shape(rows)) {
    FullRows full;
    for (auto const i : of_shape) full.add(rows[i]);
    for (auto const i : of_shape) set_speedups(rows[i], full, kind);
  }
}

void relate_to_layer(std::span<VerdictRow> rows, IntervalKind kind) {
  for (auto const& of_shape : rows_by_shape(rows)) {
    LayerRows const layers(rows, of_shape);
    for (auto const i : of_shape) {
      auto& row = rows[i];
      if (row.row.level != "head" || !std::isfinite(row.time_ns)) continue;
      auto const nearest = layers.nearest(row);
      if (!nearest) continue;
      auto const& layer = rows[*nearest];
      row.layer_row = *nearest;
      row.over_layer = time_ratio(time_interval(layer), time_interval(row), kind);
      row.equal_kv = kv_difference(kv_of(row), kv_of(layer)) <= kEqualKvTolerance;
      if (!row.equal_kv && row.note.empty()) row.note = "no layer row with equal KV bytes";
    }
  }
}

}  // namespace fluxscope::analysis
