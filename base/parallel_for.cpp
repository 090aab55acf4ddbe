#include "base/parallel_for.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>

#include "base/error.hpp"

namespace fluxscope {

void parallel_for(std::size_t count, std::function<void(std::size_t)> const& body) {
  oneapi::tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) { body(i); });
}

struct ThreadLimit::Impl {
  using Control = oneapi::tbb::global_control;
  explicit Impl(std::size_t threads) : control(Control::max_allowed_parallelism, threads) {}

  Control control;
};

ThreadLimit::ThreadLimit(std::size_t threads) {
  expects(threads >= 1, "work runs on some thread");
  impl_ = std::make_unique<Impl>(threads);
}

ThreadLimit::~ThreadLimit() = default;

}  // namespace fluxscope
