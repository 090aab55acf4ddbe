#pragma once

#include <cstdint>

namespace fluxscope::kernels {

/// `rows` x `ctas_per_row`. Throws InputError "where: ..." above what one launch takes, 2^31 - 1.
[[nodiscard]] std::int32_t grid_of_rows(std::int64_t rows, std::int64_t ctas_per_row,
                                        char const* where);

}  // namespace fluxscope::kernels
