#include "plan/decisions/gates.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "base/error.hpp"

namespace fluxscope::plan {
namespace {

Model model(std::int32_t layers = 8, std::int32_t kv_heads = 4) {
  return {.name = "m",
          .layers = layers,
          .attention = {.q_heads = 2 * kv_heads, .kv_heads = kv_heads, .head_dim = 64}};
}

int full_of_layer(Gates const& gates, std::int32_t request, std::int32_t layer) {
  int full = 0;
  for (std::int32_t head = 0; head < gates.kv_heads; ++head) full += gates.at(request, layer, head);
  return full;
}

int full_of_request(Gates const& gates, std::int32_t request) {
  int full = 0;
  for (std::int32_t layer = 0; layer < gates.layers; ++layer) {
    full += full_of_layer(gates, request, layer);
  }
  return full;
}

TEST(Gates, MsrIsTheSparseShare) {
  EXPECT_EQ(full_gates(model(), 2).msr_ratio(), 0);
  EXPECT_EQ(tail_layer_gates(model(), 2, 1).msr_ratio(), 0.75);
  EXPECT_EQ(layer_gates(model(), 0.5, 3, 1).msr_ratio(), 0.5);
  EXPECT_EQ(head_gates(model(), 0.25, 1, 1).msr_ratio(), 0.25);
}

TEST(Gates, LayerGatesOpenWholeLayersRoundedToTheNearest) {
  // (1 - MSR) x 8 layers: 7.2, 5.6 and 1.6 are no whole numbers.
  for (auto const& [msr, wanted] :
       {std::pair{0.0, 8}, {0.1, 7}, {0.3, 6}, {0.5, 4}, {0.8, 2}, {1.0, 0}}) {
    Gates const gates = layer_gates(model(), msr, 4, 9);
    for (std::int32_t request = 0; request < 4; ++request) {
      int layers = 0;
      for (std::int32_t layer = 0; layer < 8; ++layer) {
        int const full = full_of_layer(gates, request, layer);
        EXPECT_TRUE(full == 0 || full == 4);
        layers += full / 4;
      }
      EXPECT_EQ(layers, wanted) << msr;
    }
  }
}

TEST(Gates, HeadGatesOpenHeadsAnywhere) {
  Gates const gates = head_gates(model(), 0.3, 2, 9);

  // round(0.7 x 32) = 22
  EXPECT_EQ(full_of_request(gates, 0), 22);
  EXPECT_EQ(full_of_request(gates, 1), 22);
  std::set<int> counts;
  for (std::int32_t layer = 0; layer < 8; ++layer) counts.insert(full_of_layer(gates, 0, layer));
  EXPECT_GT(counts.size(), 1u);  // not the same number in every layer
}

TEST(Gates, RequestRDrawsWithSeedPlusR) {
  for (auto const draw : {layer_gates, head_gates}) {
    Gates const batch = draw(model(), 0.5, 3, 20);
    for (std::int32_t request = 0; request < 3; ++request) {
      Gates const alone = draw(model(), 0.5, 1, 20 + static_cast<std::uint64_t>(request));
      std::size_t const row = alone.full.size();
      for (std::size_t i = 0; i < row; ++i) {
        EXPECT_EQ(batch.full[static_cast<std::size_t>(request) * row + i], alone.full[i]);
      }
    }
    EXPECT_NE(draw(model(), 0.5, 1, 20).full, draw(model(), 0.5, 1, 21).full);
    EXPECT_EQ(draw(model(), 0.5, 1, 20).full, draw(model(), 0.5, 1, 20).full);
  }
}

TEST(Gates, CountedGatesPlaceHeadsInOneOrder) {
  std::vector<std::int32_t> const counts{0, 1, 2, 3, 4, 2, 1, 3};

  Gates const gates = counted_gates(model(), counts, 2, 5);

  for (std::int32_t layer = 0; layer < 8; ++layer) {
    EXPECT_EQ(full_of_layer(gates, 0, layer), counts[static_cast<std::size_t>(layer)]);
    EXPECT_EQ(full_of_layer(gates, 1, layer), counts[static_cast<std::size_t>(layer)]);
  }
  for (std::int32_t head = 0; head < 4; ++head) {
    // A head that is full in a layer of n is full in every layer of more.
    EXPECT_LE(gates.at(0, 1, head), gates.at(0, 2, head));
    EXPECT_LE(gates.at(0, 2, head), gates.at(0, 3, head));
    EXPECT_EQ(gates.at(0, 2, head), gates.at(0, 5, head));
  }
}

TEST(Gates, TheSeedChoosesTheOrderOfCountedHeads) {
  std::set<std::int32_t> seen;  // the head that comes first
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Gates const gates = counted_gates(model(1), {1}, 1, seed);
    for (std::int32_t head = 0; head < 4; ++head) {
      if (gates.at(0, 0, head)) seen.insert(head);
    }
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST(Gates, CountOrderKeepsTheCountsOfEveryRequestAndLayer) {
  Gates const decided = head_gates(model(), 0.5, 3, 1);

  Gates const ordered = in_count_order(decided, 7);

  for (std::int32_t request = 0; request < 3; ++request) {
    for (std::int32_t layer = 0; layer < 8; ++layer) {
      int const full = full_of_layer(decided, request, layer);
      EXPECT_EQ(full_of_layer(ordered, request, layer), full);
      Gates const alone = counted_gates(model(1), {full}, 1, 7);
      for (std::int32_t head = 0; head < 4; ++head) {
        EXPECT_EQ(ordered.at(request, layer, head), alone.at(0, 0, head));
      }
    }
  }
}

TEST(Gates, TailLayersAreSparseFromTheFirstSparseLayer) {
  Gates const gates = tail_layer_gates(model(), 3, 1);

  EXPECT_EQ(full_of_layer(gates, 0, 2), 4);
  EXPECT_EQ(full_of_layer(gates, 0, 3), 0);
  EXPECT_EQ(tail_layer_gates(model(), 0, 1).msr_ratio(), 1);
  EXPECT_EQ(tail_layer_gates(model(), 8, 1).msr_ratio(), 0);
}

TEST(Gates, ScoredGatesOpenTheHighestScoresTiesToTheFirst) {
  // 2 layers of 4 heads; round(0.5 x 8) = 4 full: 0.9, 0.8, 0.7 and the first of the three 0.5.
  std::vector<double> const scores{0.5, 0.1, 0.9, 0.5, 0.7, 0.5, 0.8, 0.0};

  Gates const gates = scored_gates(model(2), scores, 0.5, 1);

  EXPECT_EQ(gates.full, (std::vector<std::uint8_t>{1, 0, 1, 0, 1, 0, 1, 0}));
}

TEST(Gates, OneRequestServesABatchAndSeveralServeTheirOwn) {
  Gates const one = head_gates(model(), 0.5, 1, 1);
  Gates const three = head_gates(model(), 0.5, 3, 1);

  Gates const shared = for_batch(one, 2);
  Gates const own = for_batch(three, 2);

  EXPECT_EQ(shared.requests, 2);
  EXPECT_EQ(own.requests, 2);
  for (std::int32_t layer = 0; layer < 8; ++layer) {
    for (std::int32_t head = 0; head < 4; ++head) {
      EXPECT_EQ(shared.at(0, layer, head), one.at(0, layer, head));
      EXPECT_EQ(shared.at(1, layer, head), one.at(0, layer, head));
      EXPECT_EQ(own.at(1, layer, head), three.at(1, layer, head));
    }
  }
  EXPECT_THROW((void)for_batch(three, 4), ContractError);
}

TEST(Gates, OutsideTheTableIsABrokenContract) {
  Gates const gates = full_gates(model(), 1);

  EXPECT_THROW((void)gates.at(1, 0, 0), ContractError);
  EXPECT_THROW((void)gates.at(0, 8, 0), ContractError);
  EXPECT_THROW((void)gates.at(0, 0, -1), ContractError);
}

}  // namespace
}  // namespace fluxscope::plan
