#include "config/plan.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "config/config_keys.hpp"
#include "config/sections.hpp"
#include "net/address.hpp"

namespace enrichd {
namespace {

using Value = std::variant<std::string, Secret, std::vector<std::string>, bool, std::size_t, double, unsigned,
                           std::chrono::milliseconds>;

/// Walks over the keys that need a restart, always in the same order.
class RestartKeys : public ConfigVisitor {
  public:
    void section(Key key, const std::function<void()>& keys) override {
        const std::size_t length = path_.size();
        path_.append(key.name).append(".");
        keys();
        path_.resize(length);
    }
    void text(Key key, std::string& value, const TextCheck&) override { look(key, value); }
    void secret_url(Key key, Secret& value, const TextCheck&) override { look(key, value); }
    void texts(Key key, std::vector<std::string>& value, const TextCheck&) override { look(key, value); }
    void flag(Key key, bool& value) override { look(key, value); }
    void number(Key key, std::size_t& value, std::size_t, std::size_t) override { look(key, value); }
    void decimal(Key key, double& value, double, double) override { look(key, value); }
    void mode(Key key, unsigned& value) override { look(key, value); }
    void duration(Key key, std::chrono::milliseconds& value, std::chrono::milliseconds,
                  std::chrono::milliseconds) override {
        look(key, value);
    }
    void choice(Key key, std::size_t& value, std::span<const std::string_view>) override { look(key, value); }
    void sections(Key, const Sections&) override {}  // a reload changes all of them

  protected:
    /// May change the value.
    virtual void at(const std::string& key, Value& value) = 0;

  private:
    template <class T>
    void look(const Key& key, T& value) {
        if (!key.restart) return;
        Value any(value);
        at(path_ + std::string(key.name), any);
        value = std::get<T>(std::move(any));
    }

    std::string path_;
};

class Recorded final : public RestartKeys {
  public:
    explicit Recorded(Config config) { visit(config, *this); }
    std::vector<Value> values;

  private:
    void at(const std::string&, Value& value) override { values.push_back(value); }
};

/// Puts back what was recorded.
class PutBack final : public RestartKeys {
  public:
    PutBack(Recorded was, Config& config) : was_(std::move(was)) { visit(config, *this); }
    std::vector<std::string> keys;  // those that differed

  private:
    void at(const std::string& key, Value& value) override {
        Value& old = was_.values.at(next_++);
        if (old == value) return;
        keys.push_back(key);
        value = std::move(old);
    }

    Recorded was_;
    std::size_t next_ = 0;
};

/// What is wanted, with the keys that need a restart as they were. Which those are.
std::vector<std::string> keep_restart_keys(const Config& was, Config& config) {
    const Config wants = config;
    std::vector<std::string> keys = PutBack(Recorded(was), config).keys;
    leave_until_restart(was, wants, config, keys);
    return keys;
}

/// Addresses are the same however they are written.
bool same(const std::string& one, const std::string& other) {
    const auto a = parse_address(one);
    const auto b = parse_address(other);
    return a && b ? *a == *b : one == other;
}

Config without_listeners() {
    Config none;  // serves nothing
    for (std::string* address : {&none.intake.socket, &none.admin.listen, &none.admin.socket})
        address->clear();
    return none;
}

ListenerStep step(const std::string& was, const std::string& wants) {
    if (same(was, wants)) return ListenerStep::leave;
    if (wants.empty()) return ListenerStep::close;
    return was.empty() ? ListenerStep::open : ListenerStep::move;
}

}  // namespace

Plan plan(const Config* was, const Config& wants, bool intake_passed) {
    Plan plan;
    plan.config = wants;
    if (was) {
        for (const std::string& key : keep_restart_keys(*was, plan.config))
            plan.restart_keys.append(plan.restart_keys.empty() ? "" : ", ").append(key);
    }
    const Config none = without_listeners();
    const Config& from = was ? *was : none;
    if (!was || !intake_passed) plan.intake = step(from.intake.socket, wants.intake.socket);
    plan.admin = step(from.admin.listen, wants.admin.listen);
    plan.control = step(from.admin.socket, wants.admin.socket);
    plan.served = step(from.served(), plan.config.served());
    return plan;
}

}  // namespace enrichd
