#include "sim/step_times/product_tiles.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace fluxscope::sim {
namespace {

constexpr std::size_t kNeighbours = 8;
constexpr double kOverPeak = 0.05;
constexpr double kMostChange = 0.3;  // a neighbour with another tile says nothing
constexpr double kDistance = 4;      // of log m, in which a neighbour's weight falls
constexpr double kFloorWeight = 0.03;

struct TileShape {
  std::int32_t m;
  std::int32_t n;
};
// Of cuBLAS's and CUTLASS's bf16 kernels for tensor cores, and their splits of k.
constexpr std::array<TileShape, 11> kTiles = {{{256, 128},
                                               {128, 256},
                                               {128, 128},
                                               {256, 64},
                                               {64, 256},
                                               {128, 64},
                                               {64, 128},
                                               {64, 64},
                                               {32, 128},
                                               {16, 128},
                                               {32, 64}}};
constexpr std::array<std::int32_t, 6> kSplits = {1, 2, 3, 4, 6, 8};

/// Tiles of the output. Libraries split k where they are fewer than the SMs.
std::int64_t tiles_of(plan::GemmShape const& shape, TileShape const& tile) {
  return ((shape.m + tile.m - 1) / tile.m) * ((shape.n + tile.n - 1) / tile.n);
}

/// log(time / floor) of every product of a column under one tile.
std::vector<double> log_ratios(std::span<GemmPoint const> column, GemmPoint const& tiles,
                               GemmRates const& rates) {
  std::vector<double> logs;
  for (GemmPoint const& one : column) {
    logs.push_back(std::log(one.time_ns / GemmTable::floor_ns(one.shape, tiles, rates)));
  }
  return logs;
}

/// How much time / floor changes from `at` to its neighbours.
double change(std::span<GemmPoint const> column, std::vector<double> const& logs, std::size_t at) {
  double sum = kFloorWeight * logs[at];
  std::size_t const begin = at - std::min(at, kNeighbours);
  for (std::size_t j = begin; j < std::min(column.size(), at + kNeighbours + 1); ++j) {
    double const apart = std::abs(
        std::log(static_cast<double>(column[j].shape.m) / static_cast<double>(column[at].shape.m)));
    sum += std::min(kMostChange, std::abs(logs[j] - logs[at])) / (1 + kDistance * apart);
  }
  return sum;
}

}  // namespace

std::vector<GemmPoint> with_tiles(std::span<GemmPoint const> column, GemmRates const& rates) {
  std::vector<GemmPoint> result(column.begin(), column.end());
  std::vector<double> least(column.size(), std::numeric_limits<double>::infinity());
  for (TileShape const& tile : kTiles) {
    for (std::int32_t const splits : kSplits) {
      GemmPoint const tiles{.tile_m = tile.m, .tile_n = tile.n, .splits = splits};
      auto const logs = log_ratios(column, tiles, rates);
      for (std::size_t i = 0; i < column.size(); ++i) {
        if (splits > 1 && tiles_of(column[i].shape, tile) >= rates.sm_count) continue;
        // Beyond its floor no tile is the one; the least impossible where all are.
        double const cost = logs[i] < -kOverPeak ? 1e6 - logs[i] : change(column, logs, i);
        if (cost >= least[i]) continue;
        least[i] = cost;
        result[i].tile_m = tile.m;
        result[i].tile_n = tile.n;
        result[i].splits = splits;
      }
    }
  }
  return result;
}

}  // namespace fluxscope::sim
