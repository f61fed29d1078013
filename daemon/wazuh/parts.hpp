// Shim and rules in the directory of a manager: put there, brought up to date, and taken away again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "wazuh/home.hpp"
#include "wazuh/steps.hpp"

namespace enrichd::wazuh {

bool is_our_shim(const std::string& bytes);

/// Another program that is there is moved aside.
void place_shim(const Home& home, const std::filesystem::path& where, const std::string& shim, Steps& steps);

/// The program that was moved aside comes back.
void remove_shim(const std::filesystem::path& where, Steps& steps);

/// `put_before`: the hash of the rules that were put there last, 0 when none were. Returns the hash to
/// remember.
std::uint64_t place_rules(const Home& home, std::uint64_t put_before, Steps& steps);

void remove_rules(const Home& home, std::uint64_t put_before, Steps& steps);

/// Rules of others that stand on ours, which are not there any more.
void note_orphans(const Home& home, Steps& steps);

/// Rules of others that get into the way of ours, and those that name a rule of ours by an id it had once.
void look_at_other_rules(const Home& home, Steps& steps);

}  // namespace enrichd::wazuh
