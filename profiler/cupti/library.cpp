#include "profiler/cupti/library.hpp"

#include <cuda_runtime_api.h>

#include "base/files/toolkit_folders.hpp"

namespace fluxscope::profiler {
namespace {

std::string missing_cupti(std::size_t tried) {
  return "libcupti was not found in " + std::to_string(tried) +
         " places (it comes with the CUDA toolkit, not with the driver). Install the toolkit's "
         "CUPTI package or add its folder to LD_LIBRARY_PATH.";
}

/// Resolves every function; the name of the first missing one, or empty.
std::string resolve(LibraryOpener& opener, void* library, CuptiTable& table) {
#define FLUXSCOPE_CUPTI_RESOLVE(name)                               \
  table.name = function<decltype(&::name)>(opener, library, #name); \
  if (table.name == nullptr) return #name;
  FLUXSCOPE_CUPTI_FUNCTIONS(FLUXSCOPE_CUPTI_RESOLVE)
#undef FLUXSCOPE_CUPTI_RESOLVE
  return {};
}

void ignore_callback(void*, CUpti_CallbackDomain, CUpti_CallbackId, void const*) {}

}  // namespace

DriverState find_driver(LibraryOpener& opener) {
  DriverState state;
  void* const library = opener.open("libcuda.so.1");
  if (library == nullptr) {
    state.reason =
        "libcuda.so.1 was not found (no NVIDIA driver is installed here). Run on a machine with an "
        "NVIDIA GPU, or in a container started with access to one.";
    return state;
  }
  auto const init = function<decltype(&::cuInit)>(opener, library, "cuInit");
  auto const version =
      function<decltype(&::cuDriverGetVersion)>(opener, library, "cuDriverGetVersion");
  auto const count = function<decltype(&::cuDeviceGetCount)>(opener, library, "cuDeviceGetCount");
  if (init == nullptr || version == nullptr || count == nullptr) {
    state.reason =
        "libcuda.so.1 lacks cuInit (it is a stub library of the toolkit). Install the "
        "driver, and take the stubs folder off LD_LIBRARY_PATH.";
    return state;
  }
  CUresult const result = init(0);
  if (result != CUDA_SUCCESS) {
    state.reason = "cuInit failed with " + std::to_string(result) +
                   " (the driver is there, but no GPU answers). See nvidia-smi.";
    return state;
  }
  (void)version(&state.version);
  if (count(&state.devices) != CUDA_SUCCESS || state.devices == 0) {
    state.reason = "the driver sees no GPU (CUDA_VISIBLE_DEVICES may hide it). See nvidia-smi.";
    return state;
  }
  state.usable = true;
  return state;
}

std::vector<std::string> cupti_candidates(std::string const& cudart_file) {
  std::string const name = "libcupti.so." + std::to_string(CUPTI_API_VERSION / 10000);
  std::vector<std::string> folders = {""};
  if (std::string const beside = folder_with_slash(cudart_file); !beside.empty()) {
    folders.push_back(beside);
    folders.push_back(beside + "../../cuda_cupti/lib/");  // wheel layout
    folders.push_back(beside + "../extras/CUPTI/lib64/");
  }
  for (std::string const& root : toolkit_roots()) {
    for (char const* folder :
         {"/extras/CUPTI/lib64/", "/lib64/", "/lib/", "/targets/x86_64-linux/lib/"}) {
      folders.push_back(root + folder);
    }
  }
  std::vector<std::string> candidates;
  for (std::string const& folder : folders) {
    candidates.push_back(folder + name);
    candidates.push_back(folder + "libcupti.so");
  }
  return candidates;
}

CuptiLibrary find_cupti(LibraryOpener& opener) {
  CuptiLibrary found;
  auto const candidates =
      cupti_candidates(opener.file_of(reinterpret_cast<void*>(&cudaRuntimeGetVersion)));
  void* library = nullptr;
  for (std::string const& candidate : candidates) {
    library = opener.open(candidate);
    if (library == nullptr) continue;
    found.path = candidate;
    break;
  }
  if (library == nullptr) {
    found.reason = missing_cupti(candidates.size());
    return found;
  }
  CuptiTable table;
  std::string const missing = resolve(opener, library, table);
  if (table.cuptiGetVersion != nullptr) {
    if (auto const file = opener.file_of(reinterpret_cast<void*>(table.cuptiGetVersion));
        !file.empty()) {
      found.path = file;
    }
    if (table.cuptiGetVersion(&found.version) != CUPTI_SUCCESS) found.version = 0;
  }
  std::string const versions = found.path + " is version " + std::to_string(found.version) +
                               ", built for " + std::to_string(CUPTI_API_VERSION);
  if (found.version / 10000 != CUPTI_API_VERSION / 10000 || found.version < CUPTI_API_VERSION) {
    found.reason = versions + " (its records have another layout). Use the CUPTI of CUDA " +
                   std::to_string(CUPTI_API_VERSION / 10000) + ", at least as new, or rebuild.";
    return found;
  }
  if (!missing.empty()) {
    found.reason = found.path + " lacks " + missing + " (the file is damaged or not CUPTI).";
    return found;
  }
  found.table = table;
  return found;
}

std::string subscriber_problem(CuptiTable const& cupti) {
  CUpti_SubscriberHandle subscriber = nullptr;
  CUptiResult const result = cupti.cuptiSubscribe(&subscriber, &ignore_callback, nullptr);
  if (result != CUPTI_SUCCESS) return describe_cupti_error(cupti, result, "cuptiSubscribe");
  CUptiResult const released = cupti.cuptiUnsubscribe(subscriber);
  if (released != CUPTI_SUCCESS) return describe_cupti_error(cupti, released, "cuptiUnsubscribe");
  return {};
}

}  // namespace fluxscope::profiler
