#include "sim/device/step_tables.hpp"

#include <fmt/format.h>

#include <set>
#include <tuple>
#include <utility>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/escape.hpp"
#include "base/text/printable.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/profile.hpp"

namespace fluxscope::sim {
namespace {

constexpr IntegerRange kSize{1, std::int64_t{1} << 30};
constexpr IntegerRange kBytes{1, std::int64_t{1} << 50};
constexpr NumberRange kTimeNs{1e-3, 1e13};
constexpr NumberRange kLaunchNs{0, 1e9};

GemmTable read_gemm(TomlTable const& file, DeviceSpec const& spec) {
  std::vector<GemmPoint> points;
  std::set<std::tuple<std::int64_t, std::int64_t, std::int64_t>> seen;
  for (TomlTable const& table : file.tables("gemm")) {
    auto const size = [&](std::string const& key) { return table.integer(key, kSize); };
    plan::GemmShape const shape{.m = size("m"), .n = size("n"), .k = size("k")};
    points.push_back(
        {.shape = shape,
         .time_ns = table.number("time_ns", kTimeNs),
         .tile_m = static_cast<std::int32_t>(table.integer("tile_m", {1, 4096})),
         .tile_n = static_cast<std::int32_t>(table.integer("tile_n", {1, 4096})),
         .splits = static_cast<std::int32_t>(table.integer_or("splits", 1, {1, 4096}))});
    table.close();
    if (seen.insert({shape.m, shape.n, shape.k}).second) continue;
    throw InputError(
        fmt::format("{}: the product {} x {} x {} is there twice (its time would be "
                    "one of two) remove one",
                    table.where(), shape.m, shape.n, shape.k));
  }
  return {std::move(points),
          {.sm_count = spec.sm_count,
           .flop_per_s = static_cast<double>(spec.bf16_flop_per_s),
           .bytes_per_s = static_cast<double>(spec.hbm_bytes_per_s)}};
}

/// A point of `points`, which it must be behind.
void read_point(TomlTable const& table, std::vector<RatePoint>& points) {
  RatePoint const point{.bytes = table.integer("bytes", kBytes),
                        .time_ns = table.number("time_ns", kTimeNs)};
  table.close();
  if (!points.empty() && points.back().bytes >= point.bytes) {
    throw InputError(
        fmt::format("{}: bytes = {} follow {} (sizes ascend) sort them, and keep one "
                    "of each",
                    table.where("bytes"), point.bytes, points.back().bytes));
  }
  points.push_back(point);
}

RateCurve curve_of(TomlTable const& file, std::string const& key, std::string const& which,
                   std::vector<RatePoint> points) {
  if (points.size() >= 2) return RateCurve(std::move(points));
  throw InputError(file.where(key) + ": [[" + key + "]] has one size of " + which +
                   " (a curve needs two) add others");
}

std::map<plan::LaunchOp, RateCurve> read_rows(TomlTable const& file) {
  std::map<plan::LaunchOp, std::vector<RatePoint>> points;
  for (TomlTable const& table : file.tables("rows")) {
    read_point(table, points[plan::op_from(table.choice("op", row_op_names()))]);
  }
  std::map<plan::LaunchOp, RateCurve> curves;
  for (auto& [op, of_op] : points) {
    curves[op] = curve_of(file, "rows", plan::to_text(op), std::move(of_op));
  }
  return curves;
}

std::map<std::int32_t, RateCurve> read_collective(TomlTable const& file) {
  std::map<std::int32_t, std::vector<RatePoint>> points;
  for (TomlTable const& table : file.tables("collective")) {
    auto const ranks = static_cast<std::int32_t>(table.integer("ranks", {2, limits::kHeads}));
    read_point(table, points[ranks]);
  }
  std::map<std::int32_t, RateCurve> curves;
  for (auto& [ranks, of_ranks] : points) {
    curves[ranks] =
        curve_of(file, "collective", std::to_string(ranks) + " ranks", std::move(of_ranks));
  }
  return curves;
}

LaunchCosts read_launch(TomlTable const& table) {
  LaunchCosts costs{.eager_gap_ns = table.number("eager_gap_ns", kLaunchNs),
                    .eager_start_ns = table.number("eager_start_ns", kLaunchNs),
                    .graph_gap_ns = table.number("graph_gap_ns", kLaunchNs),
                    .graph_start_ns = table.number("graph_start_ns", kLaunchNs)};
  TomlTable const host = table.table("host_ns");
  for (plan::OpRow const& row : plan::op_catalog()) {
    std::string const name(row.name);
    if (host.has(name)) costs.host_ns[row.op] = host.number(name, kLaunchNs);
  }
  host.close();
  table.close();
  return costs;
}

/// [steps]
void read_origin(TomlTable const& table, StepTables& tables) {
  if (table.has("made_from")) tables.made_from = table.text("made_from");
  if (table.has("transferred_from")) {
    tables.transferred_from = table.text("transferred_from");
    for (std::string const& one : table.texts("transferred")) {
      if (one != kTransferredGemm && one != kTransferredLaunch && !plan::find_op(one)) {
        throw InputError(table.where("transferred") + ": " + in_quotes(one) +
                         " is no table or operation of a step (it is \"gemm\", \"launch\" or an "
                         "operation) correct it");
      }
      tables.transferred.insert(one);
    }
  }
  table.close();
}

std::string products_text(GemmTable const& gemm) {
  std::string text;
  for (GemmPoint const& one : gemm.points()) {
    text += fmt::format(
        "  {{ m = {}, n = {}, k = {}, time_ns = {:.6g}, tile_m = {}, tile_n = {}, splits = {} "
        "}},\n",
        one.shape.m, one.shape.n, one.shape.k, one.time_ns, one.tile_m, one.tile_n, one.splits);
  }
  return text;
}

std::string points_text(std::string const& of, RateCurve const& curve) {
  std::string text;
  for (RatePoint const& point : curve.points()) {
    text +=
        fmt::format("  {{ {}, bytes = {}, time_ns = {:.6g} }},\n", of, point.bytes, point.time_ns);
  }
  return text;
}

std::string origin_text(StepTables const& tables) {
  if (tables.made_from.empty() && tables.transferred_from.empty()) return {};
  std::string text = "\n[steps]\n";
  if (!tables.made_from.empty()) text += "made_from = " + toml_text(tables.made_from) + '\n';
  if (tables.transferred_from.empty()) return text;
  return text + fmt::format("transferred_from = {}\ntransferred = [\"{}\"]\n",
                            toml_text(tables.transferred_from),
                            fmt::join(tables.transferred, "\", \""));
}

// Of StepTables::held_out.
std::vector<std::string> const kEvidenceNames = {"gemm", "gemm_other_weights", "rows",
                                                 "collective"};

}  // namespace

std::vector<std::string> row_op_names() {
  std::vector<std::string> names;
  for (plan::OpRow const& row : plan::op_catalog()) {
    bool const told_by_bytes = row.form == plan::OpForm::rows || row.op == plan::LaunchOp::router ||
                               row.op == plan::LaunchOp::plan_gpu;
    if (told_by_bytes) names.emplace_back(row.name);
  }
  return names;
}

StepTables read_step_tables(TomlTable const& file, DeviceSpec const& spec) {
  StepTables tables{
      .gemm = read_gemm(file, spec), .rows = read_rows(file), .collective = read_collective(file)};
  if (file.has("launch")) tables.launch = read_launch(file.table("launch"));
  if (file.has("steps")) read_origin(file.table("steps"), tables);
  return tables;
}

std::string step_tables_text(StepTables const& tables) {
  std::string text;
  auto const array = [&](std::string_view key, std::string const& entries) {
    if (!entries.empty()) text += fmt::format("\n{} = [\n{}]\n", key, entries);
  };
  array("gemm", products_text(tables.gemm));
  std::string rows;
  for (auto const& [op, curve] : tables.rows) {
    rows += points_text("op = \"" + plan::to_text(op) + '"', curve);
  }
  array("rows", rows);
  std::string collective;
  for (auto const& [ranks, curve] : tables.collective) {
    collective += points_text("ranks = " + std::to_string(ranks), curve);
  }
  array("collective", collective);
  text += origin_text(tables);
  if (!tables.launch) return text;
  LaunchCosts const& launch = *tables.launch;
  text += fmt::format(
      "\n[launch]\neager_gap_ns = {:.6g}\neager_start_ns = {:.6g}\ngraph_gap_ns = "
      "{:.6g}\ngraph_start_ns = {:.6g}\n\n[launch.host_ns]\n",
      launch.eager_gap_ns, launch.eager_start_ns, launch.graph_gap_ns, launch.graph_start_ns);
  for (auto const& [op, ns] : launch.host_ns) {
    text += fmt::format("{} = {:.6g}\n", plan::to_text(op), ns);
  }
  return text;
}

std::string step_evidence_text(StepTables const& tables) {
  std::string text;
  for (auto const& [table, evidence] : tables.held_out) {
    text +=
        fmt::format("\n[evidence.steps.{}]\nlow_ratio = {:.4f}\nhigh_ratio = {:.4f}\ncases = {}\n",
                    table, evidence.low_ratio, evidence.high_ratio, evidence.points);
  }
  return text;
}

void read_step_evidence(TomlTable const& steps, StepTables& tables) {
  constexpr NumberRange kRatio{1e-3, 1e3};
  for (std::string const& name : kEvidenceNames) {
    if (!steps.has(name)) continue;
    TomlTable const table = steps.table(name);
    tables.held_out[name] = {.low_ratio = table.number("low_ratio", kRatio),
                             .high_ratio = table.number("high_ratio", kRatio),
                             .points = table.integer("cases", {1, 1 << 30})};
    table.close();
  }
  steps.close();
}

}  // namespace fluxscope::sim
