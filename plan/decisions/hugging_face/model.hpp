#pragma once

#include <string>

#include "plan/decisions/model.hpp"

namespace fluxscope::plan::hugging_face {

/// A model from the text of a Hugging Face config.json; `path` names it: the file's name, or its
/// folder's where the file is called config.json. What our kernels cannot do is refused with layer,
/// key and value: see layer_kinds.hpp, layer_shapes.hpp, unsupported.hpp. Throws InputError.
[[nodiscard]] Model model_from(std::string const& text, std::string const& path);

}  // namespace fluxscope::plan::hugging_face
