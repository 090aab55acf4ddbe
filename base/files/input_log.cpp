#include "base/files/input_log.hpp"

#include <mutex>

#include "base/error.hpp"

namespace fluxscope {
namespace {

std::mutex mutex;
bool collecting = false;

std::vector<std::string>& collected() {
  static std::vector<std::string> paths;
  return paths;
}

}  // namespace

InputLog::InputLog() {
  std::lock_guard const lock(mutex);
  expects(!collecting, "one InputLog at a time");
  collecting = true;
  collected().clear();
}

InputLog::~InputLog() {
  std::lock_guard const lock(mutex);
  collecting = false;
}

std::vector<std::string> InputLog::paths() const {
  std::lock_guard const lock(mutex);
  return collected();
}

void note_input(std::string const& path) {
  std::lock_guard const lock(mutex);
  if (collecting) collected().push_back(path);
}

}  // namespace fluxscope
