#include "app/file_rights.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "config/config_keys.hpp"
#include "wazuh/doctor/access.hpp"

namespace enrichd {
namespace {

struct NamedFile {
    std::string key;
    std::string path;
    bool needed;  // the daemon does not start without it
};

/// Keys that name a file which is read: NAME_file, and the place of a list.
class FileKeys final : public ConfigVisitor {
  public:
    explicit FileKeys(Config config) { visit(config, *this); }
    std::vector<NamedFile> all;

    void section(Key key, const std::function<void()>& keys) override {
        const std::size_t length = path_.size();
        path_.append(key.name).append(".");
        keys();
        path_.resize(length);
    }
    void text(Key key, std::string& value, const TextCheck&) override {
        const bool needed = key.name.ends_with("_file");
        if ((needed || key.name == "from") && value.starts_with('/'))
            all.push_back({path_ + std::string(key.name), value, needed});
    }
    void sections(Key key, const Sections& entries) override {
        const std::size_t length = path_.size();
        for (std::size_t entry = 0; entry < entries.count; ++entry) {
            path_.append(key.name).append("[").append(std::to_string(entry + 1)).append("].");
            entries.visit(entry);
            path_.resize(length);
        }
    }
    void secret_url(Key, Secret&, const TextCheck&) override {}
    void texts(Key, std::vector<std::string>&, const TextCheck&) override {}
    void flag(Key, bool&) override {}
    void number(Key, std::size_t&, std::size_t, std::size_t) override {}
    void decimal(Key, double&, double, double) override {}
    void mode(Key, unsigned&) override {}
    void duration(Key, std::chrono::milliseconds&, std::chrono::milliseconds,
                  std::chrono::milliseconds) override {}
    void choice(Key, std::size_t&, std::span<const std::string_view>) override {}

  private:
    std::string path_;
};

}  // namespace

void look_at_files(ParsedConfig& parsed, const char* account_name) {
    std::vector<NamedFile> there;
    std::vector<wazuh::Wish> wishes;
    for (const NamedFile& file : FileKeys(parsed.config).all) {
        if (::access(file.path.c_str(), F_OK) == 0) {
            there.push_back(file);
            wishes.push_back({"/", file.path.substr(1), R_OK});
        } else if (!file.needed) {  // the others are read when the configuration is
            parsed.warnings.push_back(
                parsed.at(file.key, file.path + " is not there; it is used when it comes"));
        }
    }
    const auto account = wazuh::account_named(account_name);
    const auto obstacles = account ? wazuh::obstacles(*account, wishes) : std::nullopt;
    if (!obstacles) return;
    for (std::size_t i = 0; i < there.size(); ++i) {
        const std::filesystem::path& obstacle = (*obstacles)[i];
        if (obstacle.empty()) continue;
        const std::string why =
            std::string("user ") + account_name + " cannot read " + there[i].path +
            (obstacle == there[i].path ? std::string() : ", because of " + obstacle.string());
        (there[i].needed ? parsed.errors : parsed.warnings).push_back(parsed.at(there[i].key, why));
    }
}

}  // namespace enrichd
