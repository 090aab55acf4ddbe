// libfluxscope_peers.so: our kernels for a Python program that holds the tensors
// (tests/bench/peers/bindings.py). Every function returns null or what went wrong, until the
// thread's next call; no exception leaves the library.

#include <exception>
#include <string>

#include "tests/bench/peers/layer.hpp"

namespace {

using fluxscope::bench::LayerRequest;
using fluxscope::bench::LayerTensors;
using fluxscope::bench::PeersLayer;

template <class Action>
char const* guarded(Action const& action) {
  thread_local std::string message;
  try {
    action();
    return nullptr;
  } catch (std::exception const& error) {
    message = error.what();
  } catch (...) {
    message = "an unknown failure";
  }
  return message.c_str();
}

}  // namespace

extern "C" {

/// Plans `request` and uploads its tables; `layer` is for the functions below.
[[gnu::visibility("default")]] char const* fluxscope_peers_make(LayerRequest const* request,
                                                                PeersLayer** layer) {
  return guarded([&] { *layer = new PeersLayer(*request); });
}

/// (query block, KV block) pairs that the layer's tiles visit; decode: KV blocks.
[[gnu::visibility("default")]] char const* fluxscope_peers_visited_blocks(PeersLayer const* layer,
                                                                          std::int64_t* blocks) {
  return guarded([&] { *blocks = layer->work().visited_blocks; });
}

/// Enqueues the layer's launches on `stream`.
[[gnu::visibility("default")]] char const* fluxscope_peers_launch(PeersLayer const* layer,
                                                                  LayerTensors const* tensors,
                                                                  void* stream) {
  return guarded([&] { layer->launch(*tensors, static_cast<cudaStream_t>(stream)); });
}

/// Frees the layer. Its launches must have ended.
[[gnu::visibility("default")]] char const* fluxscope_peers_free(PeersLayer* layer) {
  return guarded([&] { delete layer; });
}

}  // extern "C"
