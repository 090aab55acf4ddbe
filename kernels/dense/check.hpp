#pragma once
// What the launchers of kernels/dense check beside kernels/attention/check.hpp.

#include <cstdint>

#include "kernels/attention/check.hpp"

namespace fluxscope::kernels {

/// Throws InputError "where: `name` is ..." unless 0 < value <= most and `multiple` divides it.
void check_size(std::int64_t value, std::int64_t multiple, std::int64_t most, char const* where,
                char const* name);

/// Throws InputError for a negative number of rows. None is valid: nothing is launched.
void check_row_count(std::int64_t rows, char const* where, char const* name);

/// Throws InputError unless eps is finite and not negative.
void check_eps(float eps, char const* where);

}  // namespace fluxscope::kernels
