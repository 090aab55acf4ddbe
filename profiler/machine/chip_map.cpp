#include "profiler/machine/chip_map.hpp"

#include <algorithm>
#include <numeric>

#include "base/cuda/buffer.hpp"
#include "base/statistics.hpp"
#include "profiler/machine/chip_probe.hpp"

namespace fluxscope::profiler {
namespace {

constexpr std::size_t kBytesPerSm = 64 * kSmReadStep;  // all SMs of a set together: beyond L2
constexpr int kLooks = 12;                             // at each cluster size
constexpr int kReadRounds = 5;
constexpr double kLeastContrast = 0.03;  // of rates: below it nothing shows two paths

/// The SMs that `ctas` CTAs ran on; empty where the device has no such clusters.
SmSet whereabouts(int ctas, int cluster_ctas, cudaStream_t stream) {
  DeviceBuffer<std::uint32_t> sms(static_cast<std::size_t>(ctas));
  if (!launch_whereabouts(sms.data(), ctas, cluster_ctas, stream)) return {};
  SmSet host(static_cast<std::size_t>(ctas));
  FLUXSCOPE_CUDA_CHECK(cudaMemcpyAsync(host.data(), sms.data(), host.size() * sizeof host[0],
                                       cudaMemcpyDeviceToHost, stream));
  FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(stream));
  return host;
}

std::vector<SmSet> seen_clusters(int sm_count, cudaStream_t stream) {
  std::vector<SmSet> clusters;
  for (int const size : {2, 4, 8, 16}) {
    for (int look = 0; look < kLooks; ++look) {
      SmSet const sms = whereabouts(sm_count / size * size, size, stream);
      for (std::size_t i = 0; i + 1 < sms.size(); i += static_cast<std::size_t>(size)) {
        clusters.emplace_back(sms.begin() + static_cast<std::ptrdiff_t>(i),
                              sms.begin() + static_cast<std::ptrdiff_t>(i) + size);
      }
    }
  }
  return clusters;
}

/// Reads by sets of SMs on the current device.
class DeviceReads {
 public:
  DeviceReads(std::int32_t sm_count, cudaStream_t stream)
      : sm_count_(sm_count),
        stream_(stream),
        bytes_(static_cast<std::size_t>(sm_count) * kBytesPerSm),
        readers_(static_cast<std::size_t>(sm_count)),
        times_ns_(2 * static_cast<std::size_t>(sm_count)),
        sink_(1) {
    FLUXSCOPE_CUDA_CHECK(cudaMemsetAsync(bytes_.data(), 1, bytes_.count(), stream_));
  }

  std::vector<double> rates(std::vector<SmSet> const& sets) {
    std::vector<std::vector<double>> seen(sets.size());
    for (int round = 0; round < kReadRounds; ++round) {
      std::vector<double> const rates = one_round(sets);
      for (std::size_t i = 0; i < sets.size(); ++i) seen[i].push_back(rates[i]);
    }
    std::vector<double> medians;
    for (auto const& rates : seen) medians.push_back(median(rates));
    return medians;
  }

 private:
  std::vector<double> one_round(std::vector<SmSet> const& sets) {
    auto const sms = static_cast<std::size_t>(sm_count_);
    std::vector<std::int32_t> readers(sms, -1);
    std::int32_t next = 0;
    for (SmSet const& set : sets) {
      for (std::uint32_t const sm : set) readers[sm] = next++;
    }
    FLUXSCOPE_CUDA_CHECK(cudaMemcpyAsync(readers_.data(), readers.data(), sms * sizeof readers[0],
                                         cudaMemcpyHostToDevice, stream_));
    launch_sm_reads({.bytes = bytes_.data(),
                     .bytes_per_reader = kBytesPerSm,
                     .reader_of_sm = readers_.data(),
                     .begin_ns = times_ns_.data(),
                     .end_ns = times_ns_.data() + sms,
                     .sink = sink_.data()},
                    sm_count_, stream_);
    std::vector<std::uint64_t> times(2 * sms);
    FLUXSCOPE_CUDA_CHECK(cudaMemcpyAsync(times.data(), times_ns_.data(),
                                         times.size() * sizeof times[0], cudaMemcpyDeviceToHost,
                                         stream_));
    FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(stream_));
    std::vector<double> rates;
    for (SmSet const& set : sets) {
      double sum = 0;
      for (std::uint32_t const sm : set) {
        sum += static_cast<double>(kBytesPerSm) / static_cast<double>(times[sms + sm] - times[sm]);
      }
      rates.push_back(sum / static_cast<double>(set.size()));
    }
    return rates;
  }

  std::int32_t sm_count_;
  cudaStream_t stream_;
  DeviceBuffer<std::byte> bytes_;
  DeviceBuffer<std::int32_t> readers_;
  DeviceBuffer<std::uint64_t> times_ns_;  // begins, then ends
  DeviceBuffer<std::uint32_t> sink_;
};

/// Mean rate of the pairs of large sets when a third reads too: [large, large].
std::vector<std::vector<double>> pair_rates(std::vector<SmSet> const& gpcs,
                                            std::vector<std::size_t> const& large,
                                            ReadRates const& rates) {
  std::size_t const n = large.size();
  std::vector<std::vector<double>> sum(n, std::vector<double>(n, 0));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      for (std::size_t k = j + 1; k < n; ++k) {
        auto const r = rates({gpcs[large[i]], gpcs[large[j]], gpcs[large[k]]});
        sum[i][j] += r[0] + r[1];
        sum[i][k] += r[0] + r[2];
        sum[j][k] += r[1] + r[2];
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j)
      sum[j][i] = sum[i][j] /= 2.0 * static_cast<double>(n - 2);
  }
  return sum;
}

/// How much faster pairs across the division are than pairs inside it; 0 where one kind lacks.
double contrast_of(std::vector<std::vector<double>> const& pairs, std::uint32_t division) {
  double inside = 0;
  double across = 0;
  double insides = 0;
  double acrosses = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t j = i + 1; j < pairs.size(); ++j) {
      bool const same = (division >> i & 1u) == (division >> j & 1u);
      (same ? inside : across) += pairs[i][j];
      (same ? insides : acrosses) += 1;
    }
  }
  if (insides == 0 || acrosses == 0) return 0;
  return across / acrosses / (inside / insides) - 1;
}

}  // namespace

std::vector<SmSet> joined(std::uint32_t sm_count, std::vector<SmSet> const& clusters) {
  std::vector<std::uint32_t> leader(sm_count);
  std::iota(leader.begin(), leader.end(), 0u);
  auto const find = [&](std::uint32_t sm) {
    while (leader[sm] != sm) sm = leader[sm];
    return sm;
  };
  for (SmSet const& cluster : clusters) {
    for (std::uint32_t const sm : cluster) {
      std::uint32_t const a = find(cluster.front());
      std::uint32_t const b = find(sm);
      leader[std::max(a, b)] = std::min(a, b);
    }
  }
  std::vector<SmSet> by_leader(sm_count);
  for (std::uint32_t sm = 0; sm < sm_count; ++sm) by_leader[find(sm)].push_back(sm);
  std::erase_if(by_leader, [](SmSet const& set) { return set.empty(); });
  return by_leader;
}

std::vector<std::uint32_t> memory_groups(std::vector<SmSet> const& gpcs, ReadRates const& rates) {
  std::size_t most = 0;
  for (SmSet const& gpc : gpcs) most = std::max(most, gpc.size());
  std::vector<std::size_t> large;
  for (std::size_t i = 0; i < gpcs.size(); ++i) {
    if (4 * gpcs[i].size() >= 3 * most) large.push_back(i);
  }
  std::vector<std::uint32_t> groups(gpcs.size(), 0);
  if (large.size() < 3 || large.size() > 16) return groups;
  auto const pairs = pair_rates(gpcs, large, rates);
  std::uint32_t best = 0;
  double best_contrast = kLeastContrast;
  // Set 0 lies in group 0: the other half of the divisions are the same with the names changed.
  for (std::uint32_t division = 2; division < 1u << large.size(); division += 2) {
    double const contrast = contrast_of(pairs, division);
    if (contrast <= best_contrast) continue;
    best_contrast = contrast;
    best = division;
  }
  if (best == 0) return groups;
  std::vector<SmSet> halves(2);
  for (std::size_t i = 0; i < large.size(); ++i) {
    std::uint32_t const group = best >> i & 1u;
    groups[large[i]] = group;
    halves[group].insert(halves[group].end(), gpcs[large[i]].begin(), gpcs[large[i]].end());
  }
  for (std::size_t i = 0; i < gpcs.size(); ++i) {
    if (std::find(large.begin(), large.end(), i) != large.end()) continue;
    groups[i] = rates({gpcs[i], halves[1]})[0] < rates({gpcs[i], halves[0]})[0] ? 1 : 0;
  }
  return groups;
}

ChipMap measure_chip_map(std::int32_t sm_count, cudaStream_t stream) {
  ChipMap map;
  for (std::int32_t sm = 0; sm < sm_count; ++sm) {
    map.sms.push_back({.sm = static_cast<std::uint32_t>(sm)});
  }
  SmSet const order = whereabouts(sm_count, 1, stream);
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) {
    if (order[rank] < map.sms.size()) map.sms[order[rank]].fill_rank = rank;
  }
  auto const clusters = seen_clusters(sm_count, stream);
  if (clusters.empty()) {
    map.reason = "GPCs are told by clusters, which this GPU does not have";
    return map;
  }
  auto const gpcs = joined(static_cast<std::uint32_t>(sm_count), clusters);
  for (std::uint32_t gpc = 0; gpc < gpcs.size(); ++gpc) {
    for (std::uint32_t const sm : gpcs[gpc]) map.sms[sm].gpc = gpc;
  }
  try {
    DeviceReads reads(sm_count, stream);
    auto const groups =
        memory_groups(gpcs, [&](std::vector<SmSet> const& sets) { return reads.rates(sets); });
    for (std::uint32_t gpc = 0; gpc < gpcs.size(); ++gpc) {
      for (std::uint32_t const sm : gpcs[gpc]) map.sms[sm].memory_group = groups[gpc];
    }
  } catch (CudaError const& error) {
    if (error.code() != cudaErrorMemoryAllocation) throw;
    map.reason = "memory groups are told by reading a gigabyte, which is not free on this GPU";
  }
  return map;
}

}  // namespace fluxscope::profiler
