#include "kernels/attention/check.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"

namespace fluxscope::kernels {
namespace {

[[noreturn]] void fail(char const* where, std::string const& problem) {
  throw InputError(std::string(where) + ": " + problem);
}

bool aligned(void const* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

}  // namespace

void require(bool holds, char const* where, char const* problem) {
  if (!holds) fail(where, problem);
}

void check_pointer(void const* pointer, char const* where, char const* name) {
  if (pointer == nullptr) {
    fail(where, std::string(name) + " is null (the kernel reads or writes it) pass device memory");
  }
  if (!aligned(pointer)) {
    fail(where, std::string(name) +
                    " is not on a 16-byte boundary (rows move in 16-byte pieces) align it");
  }
}

void check_heads(std::int32_t q_heads, std::int32_t kv_heads, std::int32_t head_dim,
                 char const* where) {
  if (head_dim != 64 && head_dim != 128) {
    fail(where, "head_dim is " + std::to_string(head_dim) +
                    " (the tile sizes are compiled in) use 64 or 128");
  }
  if (kv_heads <= 0 || q_heads <= 0 || q_heads % kv_heads != 0) {
    fail(where, "q_heads " + std::to_string(q_heads) + " with kv_heads " +
                    std::to_string(kv_heads) +
                    " (every KV head serves the same number of query heads) "
                    "use a positive multiple of kv_heads");
  }
}

void check_kv(KvParams const& kv, char const* where) {
  check_pointer(kv.k, where, "k");
  check_pointer(kv.v, where, "v");
  if (kv.page_table == nullptr) {
    if (kv.token_stride <= 0 || kv.token_stride % 8 != 0) {
      fail(where, "token_stride is " + std::to_string(kv.token_stride) +
                      " elements (rows move in 16-byte pieces) use a positive multiple of 8");
    }
    require(kv.token_stride <= std::int64_t{1} << 24, where,
            "token_stride is above 2^24 elements (row offsets inside a copy are 32-bit) "
            "keep the tokens of a head closer together");
    return;
  }
  std::int32_t const page = kv.page_tokens;
  if (page != 16 && page != 32 && page != 64 && page != 128) {
    fail(where, "page_tokens is " + std::to_string(page) +
                    " (a page must divide a block of 128 tokens) use 16, 32, 64 or 128");
  }
  if (kv.pages_per_head <= 0) {
    fail(where, "pages_per_head is " + std::to_string(kv.pages_per_head) +
                    " (it is the row length of page_table) pass a positive number");
  }
}

void check_work(TileTableOf<void> const& work, char const* where) {
  if (work.tile_count < 0 || work.grid_ctas < 0) {
    fail(where, "tile_count or grid_ctas is negative (a table has a size) pass the plan's sizes");
  }
  if (work.tile_count == 0) return;
  check_pointer(work.tiles, where, "work.tiles");
  if (work.grid_ctas == 0) {
    fail(where, "grid_ctas is 0 with " + std::to_string(work.tile_count) +
                    " tiles (no CTA would run them) pass the plan's grid");
  }
  if (work.queue != nullptr && work.cta_begin != nullptr) {
    fail(where, "both queue and cta_begin are given (one scheduler per launch) pass one of them");
  }
  if (work.device_tile_count != nullptr && work.cta_begin != nullptr) {
    fail(where,
         "both device_tile_count and cta_begin are given (the shares of cta_begin say where a "
         "table ends) pass one of them");
  }
}

void check_attention(AttentionParams const& params, char const* where) {
  check_heads(params.q_heads, params.kv_heads, params.head_dim, where);
  require(std::isfinite(params.softmax_scale) && params.softmax_scale > 0, where,
          "softmax_scale is not positive and finite (it multiplies every score) "
          "use 1 / sqrt(head_dim)");
  check_work(params.work.untyped(), where);
  if (params.work.tile_count == 0) return;
  check_pointer(params.q, where, "q");
  check_kv(params.kv, where);
  check_pointer(params.o, where, "o");
  check_pointer(params.lse, where, "lse");
  check_pointer(params.sequences, where, "sequences");
  require((params.o_partial == nullptr) == (params.lse_partial == nullptr), where,
          "only one of o_partial and lse_partial is given (a split tile writes both) pass both");
  if (params.o_partial != nullptr) check_pointer(params.o_partial, where, "o_partial");
}

}  // namespace fluxscope::kernels
