// What a verb has to say.
#pragma once

#include <string>

namespace enrichd {

struct Report {
    std::string json{};   // ends with a line end
    std::string human{};  // the same for people
    std::string error{};  // for standard error, when it is not good
    bool good = false;
};

}  // namespace enrichd
