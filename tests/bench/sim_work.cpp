// A fixed amount of simulation, for counting the instructions that it takes.
//   sim_work METHOD LAUNCHES    prints the tiles of one launch

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "sim/sm/launch_times.hpp"
#include "tests/sim/profiles.hpp"
#include "tests/sim/work_lists.hpp"

namespace {

using namespace fluxscope;  // NOLINT: this file is about nothing else
using namespace fluxscope::sim;

struct Work {
  plan::WorkList list;
  LaunchModel model;
  Method method = Method::list;
};

LaunchModel decode_model() {
  return sim::testing::h200_like().launch_model(plan::LaunchOp::decode, 128);
}

/// An H200 in two memory groups, 74 and 58 SMs in seven parts.
LaunchModel grouped_model() {
  LaunchModel model = decode_model();
  model.cost.group_block_ns = 27;
  model.cost.saturation_power = 8;
  model.chip.first = {{4, 0}};
  model.chip.parts = {{18, 0}, {18, 0}, {18, 0}, {16, 0}, {18, 1}, {18, 1}, {22, 1}};
  return model;
}

std::map<std::string, std::function<Work()>> const kWorks = {
    {"list",
     [] {
       return Work{sim::testing::work_list(sim::testing::random_blocks(1, 32768, 1024)),
                   sim::testing::model(132, 2, {.tile_ns = 1500, .block_ns = 4600}), Method::list};
     }},
    {"sm_sharing",
     [] {
       return Work{sim::testing::work_list(sim::testing::random_blocks(1, 32768, 1024)),
                   sim::testing::h200_like().launch_model(plan::LaunchOp::prefill, 128),
                   Method::shared_rates};
     }},
    {"memory_sharing",
     [] {
       return Work{sim::testing::work_list(sim::testing::random_blocks(1, 32768, 64)),
                   decode_model(), Method::shared_rates};
     }},
    {"memory_groups",
     [] {
       return Work{sim::testing::work_list(sim::testing::random_blocks(1, 32768, 64)),
                   grouped_model(), Method::shared_rates};
     }},
};

}  // namespace

int main(int argc, char** argv) {
  auto const found = argc == 3 ? kWorks.find(argv[1]) : kWorks.end();
  if (found == kWorks.end()) {
    std::fputs("usage: sim_work METHOD LAUNCHES; METHOD is one of", stderr);
    for (auto const& [name, make] : kWorks) std::fprintf(stderr, " %s", name.c_str());
    std::fputs("\n", stderr);
    return 2;
  }
  Work const work = found->second();
  std::int64_t sum_ps = 0;
  for (int i = std::atoi(argv[2]); i > 0; --i) {
    sum_ps += simulate_launch_by(work.method, work.list, work.model, Detail::makespan).makespan_ps;
  }
  std::printf("%zu tiles, %lld ps in all\n", work.list.tiles.size(),
              static_cast<long long>(sum_ps));
}
