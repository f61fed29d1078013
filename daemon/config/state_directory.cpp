#include "config/state_directory.hpp"

#include <filesystem>

namespace enrichd {

DatabaseOptions prepared_state(const StateConfig& state) {
    // Names of hosts are nobody else's business.
    std::error_code ignored;
    if (std::filesystem::create_directories(state.directory, ignored))
        std::filesystem::permissions(state.directory, std::filesystem::perms(0750), ignored);
    return {state.file(), state.full_sync};
}

}  // namespace enrichd
