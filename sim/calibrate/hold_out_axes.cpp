#include "sim/calibrate/hold_out_axes.hpp"

#include <algorithm>
#include <map>

namespace fluxscope::sim {
namespace {

std::string context(CalibrationCase const& one) {
  return std::to_string(one.q_len) + "/" + std::to_string(one.kv_len);
}

std::string batch(CalibrationCase const& one) { return std::to_string(one.batch); }

std::string window(CalibrationCase const& one) { return one.window; }

std::string full_heads(CalibrationCase const& one) {
  return std::to_string(one.full_kv_heads) + "/" +
         std::to_string(std::int64_t{one.kv_heads} * one.batch);
}

std::string execution(CalibrationCase const& one) { return one.execution; }

std::string order(CalibrationCase const& one) { return one.scheduler; }

std::string shape(CalibrationCase const& one) {
  return std::to_string(one.q_heads) + "/" + std::to_string(one.kv_heads) + "/" +
         std::to_string(one.head_dim);
}

}  // namespace

std::vector<CaseAxis> const& case_axes() {
  static std::vector<CaseAxis> const kAxes = {
      {"context", context},     {"batch", batch}, {"window", window}, {"full heads", full_heads},
      {"execution", execution}, {"order", order}, {"shape", shape}};
  return kAxes;
}

std::vector<CaseIndices> folds_by(CalibrationData const& data, CaseAxis const& axis,
                                  plan::Phase phase, std::size_t folds) {
  std::map<std::string, std::size_t> fold_of;
  std::vector<CaseIndices> dealt(folds);
  for (std::size_t i = 0; i < data.cases.size(); ++i) {
    if (data.cases[i].phase != phase) continue;
    std::string const value = axis.value_of(data.cases[i]);
    dealt[fold_of.try_emplace(value, fold_of.size() % folds).first->second].push_back(i);
  }
  if (fold_of.size() < 2) return {};
  dealt.resize(std::min(folds, fold_of.size()));
  return dealt;
}

}  // namespace fluxscope::sim
