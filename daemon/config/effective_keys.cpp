#include "config/effective_keys.hpp"

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <functional>
#include <span>
#include <sstream>
#include <utility>

#include "base/units.hpp"
#include "config/config_keys.hpp"
#include "config/masked_text.hpp"

namespace enrichd {
namespace {

std::string in_quotes(const std::string& text) {
    YAML::Emitter out;
    out << YAML::DoubleQuoted << text;
    return out.c_str();
}

class Flattener final : public ConfigVisitor {
  public:
    explicit Flattener(const ParsedConfig& parsed) : parsed_(parsed) {}

    void section(Key key, const std::function<void()>& keys) override { below(std::string(key.name), keys); }
    void text(Key key, std::string& value, const TextCheck&) override {
        add(key, in_quotes(masked_text(value)));
    }
    void secret_url(Key key, Secret& value, const TextCheck&) override {
        add(key, in_quotes(masked_text(value.reveal())));
    }
    void texts(Key key, std::vector<std::string>& value, const TextCheck&) override {
        std::string list;
        for (const std::string& one : value) list += (list.empty() ? "" : ", ") + in_quotes(one);
        add(key, "[" + list + "]");
    }
    void flag(Key key, bool& value) override { add(key, value ? "true" : "false"); }
    void number(Key key, std::size_t& value, std::size_t, std::size_t) override {
        add(key, std::to_string(value));
    }
    void decimal(Key key, double& value, double, double) override {
        std::ostringstream shown;
        shown << value;
        add(key, shown.str());
    }
    void mode(Key key, unsigned& value) override {
        std::ostringstream octal;
        octal << std::oct << value;
        add(key, in_quotes("0" + octal.str()));
    }
    void duration(Key key, std::chrono::milliseconds& value, std::chrono::milliseconds,
                  std::chrono::milliseconds) override {
        add(key, to_text(value));
    }
    void choice(Key key, std::size_t& value, std::span<const std::string_view> names) override {
        add(key, std::string(names[value]));
    }
    void sections(Key key, const Sections& entries) override {
        if (entries.count == 0) return add(key, "[]");
        for (std::size_t i = 0; i < entries.count; ++i)
            below(std::string(key.name) + "[" + std::to_string(i + 1) + "]", [&] { entries.visit(i); });
    }

    std::vector<EffectiveKey> all;

  private:
    void below(const std::string& name, const std::function<void()>& visit) {
        const std::string around = std::exchange(around_, around_ + name + ".");
        visit();
        around_ = around;
    }
    void add(Key key, std::string value) {
        std::string path = around_ + std::string(key.name);
        const auto place = parsed_.places.find(path);
        all.push_back(
            {std::move(path), std::move(value), place == parsed_.places.end() ? 0 : place->second.first});
    }

    const ParsedConfig& parsed_;
    std::string around_;
};

}  // namespace

std::vector<EffectiveKey> effective_keys(const ParsedConfig& parsed) {
    Flattener flattener(parsed);
    Config config = parsed.config;  // a visitor may change what it visits
    visit(config, flattener);
    return std::move(flattener.all);
}

}  // namespace enrichd
