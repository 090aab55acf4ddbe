#include "plan/decisions/gates.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/random.hpp"

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

TEST(Gates, ScoredGatesOpenTheHighestScores) {
  // 2 layers of 4 heads; round(0.625 x 8) = 5 full: all but 0.1, 0.2 and 0.0.
  std::vector<double> const scores{0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.0};

  Gates const gates = scored_gates(model(2), scores, 0.375, 1);

  EXPECT_EQ(gates.full, (std::vector<std::uint8_t>{1, 0, 1, 1, 1, 0, 1, 0}));
  EXPECT_EQ(gates.tied_kv_heads, 0);
}

// 2 layers of 4 heads: 0.9, 0.8, then five of 0.5, then 0.
std::vector<double> const kTied{0.5, 0.5, 0.9, 0.5, 0.5, 0.5, 0.8, 0.0};

TEST(Gates, TiedScoresAreChosenBetweenByTheSeedEachAsOften) {
  constexpr int kSeeds = 2000;
  std::vector<int> opened(8, 0);
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Gates const gates = scored_gates(model(2), kTied, 0.5, seed);
    ASSERT_EQ(std::accumulate(gates.full.begin(), gates.full.end(), 0), 4);
    ASSERT_EQ(gates.tied_kv_heads, 5);
    ASSERT_EQ(gates.tie_seed, seed);
    for (std::size_t i = 0; i < 8; ++i) opened[i] += gates.full[i];
  }
  EXPECT_EQ(opened[2], kSeeds);
  EXPECT_EQ(opened[6], kSeeds);
  EXPECT_EQ(opened[7], 0);
  // Two of five: 800 times each, give or take sqrt(2000 x 0.4 x 0.6) = 22; five of those.
  for (std::size_t const i : {0, 1, 3, 4, 5}) EXPECT_NEAR(opened[i], 800, 110) << i;
}

TEST(Gates, TheDrawAmongTiesIsTheDocumentedOne) {
  // By hand: the shuffle of {0..7}, then the tied heads in the order that it puts them.
  std::vector<std::int32_t> order{0, 1, 2, 3, 4, 5, 6, 7};
  Random random(11);
  for (std::size_t i = 8; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::vector<std::uint8_t> wanted{0, 0, 1, 0, 0, 0, 1, 0};
  int left = 2;
  for (std::int32_t const head : order) {
    bool const tied = head != 2 && head != 6 && head != 7;
    if (tied && left-- > 0) wanted[static_cast<std::size_t>(head)] = 1;
  }

  EXPECT_EQ(scored_gates(model(2), kTied, 0.5, 11).full, wanted);
}

TEST(Gates, OnlyTiesThatTheCutGoesThroughAreCounted) {
  auto const tied = [](double msr_ratio) {
    return scored_gates(model(2), kTied, msr_ratio, 1).tied_kv_heads;
  };
  EXPECT_EQ(tied(1.0), 0);    // none full
  EXPECT_EQ(tied(0.75), 0);   // 0.9 and 0.8
  EXPECT_EQ(tied(0.625), 5);  // and one of five
  EXPECT_EQ(tied(0.25), 5);   // and four of five
  EXPECT_EQ(tied(0.125), 0);  // and all five
  EXPECT_EQ(tied(0.0), 0);    // all full
  EXPECT_EQ(head_gates(model(), 0.5, 1, 1).tied_kv_heads, 0);
}

TEST(Gates, UnderOneSeedFullHeadsOfAHigherMsrAreAmongThoseOfALower) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Gates const few = scored_gates(model(2), kTied, 0.625, seed);
    Gates const more = scored_gates(model(2), kTied, 0.375, seed);
    for (std::size_t i = 0; i < 8; ++i) EXPECT_LE(few.full[i], more.full[i]);
  }
}

TEST(Gates, AnMsrIsRoundedToTheNearestWholeNumber) {
  EXPECT_EQ(full_count(0.5, 32), 16);
  EXPECT_EQ(full_count(0.9, 256), 26);  // 25.6
  EXPECT_EQ(full_count(0.45, 10), 6);   // 5.5: halves up
  EXPECT_EQ(full_count(0, 7), 7);
  EXPECT_EQ(full_count(1, 7), 0);
  EXPECT_THROW((void)full_count(1.5, 7), ContractError);
}

TEST(Gates, OneRequestServesABatchAndSeveralServeTheirOwn) {
  Gates const one = head_gates(model(), 0.5, 1, 1);
  Gates const three = head_gates(model(), 0.5, 3, 1);

  Gates const shared = for_batch(one, 2);

  EXPECT_EQ(shared.requests, 2);
  for (std::int32_t layer = 0; layer < 8; ++layer) {
    for (std::int32_t head = 0; head < 4; ++head) {
      EXPECT_EQ(shared.at(0, layer, head), one.at(0, layer, head));
      EXPECT_EQ(shared.at(1, layer, head), one.at(0, layer, head));
    }
  }
  EXPECT_EQ(for_batch(three, 3).full, three.full);
  EXPECT_THROW((void)for_batch(three, 4), ContractError);
  EXPECT_THROW((void)for_batch(three, 2), ContractError);  // which two?
}

TEST(Gates, RequestsAreTakenInTheGivenOrder) {
  Gates const three = head_gates(model(), 0.5, 3, 1);

  Gates const taken = of_requests(three, {2, 0});

  EXPECT_EQ(taken.requests, 2);
  EXPECT_EQ(taken.full.size(), 2u * 32);
  for (std::int32_t layer = 0; layer < 8; ++layer) {
    for (std::int32_t head = 0; head < 4; ++head) {
      EXPECT_EQ(taken.at(0, layer, head), three.at(2, layer, head));
      EXPECT_EQ(taken.at(1, layer, head), three.at(0, layer, head));
    }
  }
  EXPECT_THROW((void)of_requests(three, {3}), ContractError);
}

TEST(Gates, OutsideTheTableIsABrokenContract) {
  Gates const gates = full_gates(model(), 1);

  EXPECT_THROW((void)gates.at(1, 0, 0), ContractError);
  EXPECT_THROW((void)gates.at(0, 8, 0), ContractError);
  EXPECT_THROW((void)gates.at(0, 0, -1), ContractError);
}

}  // namespace
}  // namespace fluxscope::plan
