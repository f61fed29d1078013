#include "app/restart_keys.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "app/config_keys.hpp"

namespace enrichd {
namespace {

/// The values of the keys that need a restart, in the order of the reference.
class RestartValues final : public ConfigVisitor {
  public:
    explicit RestartValues(Config config) { visit(config, *this); }

    const std::vector<std::pair<std::string, std::string>>& list() const { return list_; }

    void section(Key key, const std::function<void()>& keys) override {
        const std::size_t length = path_.size();
        path_.append(key.name).append(".");
        keys();
        path_.resize(length);
    }
    void text(Key key, std::string& value, const TextCheck&) override { note(key, value); }
    void secret_url(Key key, Secret& value, const TextCheck&) override { note(key, value.reveal()); }
    void texts(Key key, std::vector<std::string>& value, const TextCheck&) override {
        std::string all;
        for (const std::string& one : value) all.append(one).append("\n");
        note(key, all);
    }
    void flag(Key key, bool& value) override { note(key, value ? "true" : "false"); }
    void number(Key key, std::size_t& value, std::size_t, std::size_t) override {
        note(key, std::to_string(value));
    }
    void decimal(Key key, double& value, double, double) override { note(key, std::to_string(value)); }
    void mode(Key key, unsigned& value) override { note(key, std::to_string(value)); }
    void duration(Key key, std::chrono::milliseconds& value, std::chrono::milliseconds,
                  std::chrono::milliseconds) override {
        note(key, std::to_string(value.count()));
    }
    void choice(Key key, std::size_t& value, std::span<const std::string_view> names) override {
        note(key, std::string(names[value]));
    }

  private:
    void note(const Key& key, std::string value) {
        if (key.restart) list_.emplace_back(path_ + std::string(key.name), std::move(value));
    }
    std::string path_;
    std::vector<std::pair<std::string, std::string>> list_;
};

}  // namespace

std::string restart_keys(const Config& before, const Config& after) {
    const RestartValues was(before);
    const RestartValues wants(after);
    std::string keys;
    const auto add = [&](const std::string& key) { keys.append(keys.empty() ? "" : ", ").append(key); };
    for (std::size_t i = 0; i < was.list().size(); ++i)
        if (was.list()[i].second != wants.list()[i].second) add(was.list()[i].first);
    // Two that follow from more than their own value.
    if (before.domain_stats.mode == DomainStatsMode::off &&
        before.domain_stats.serve != after.domain_stats.serve)
        add("domain_stats.serve");
    if (before.otx.key.empty() != after.otx.key.empty()) add("otx.mode");
    return keys;
}

}  // namespace enrichd
