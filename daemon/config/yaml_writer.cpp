#include "config/yaml_writer.hpp"

#include <yaml-cpp/yaml.h>

#include <array>
#include <chrono>
#include <functional>
#include <span>
#include <vector>

#include "base/units.hpp"
#include "config/config_keys.hpp"
#include "config/masked_text.hpp"

namespace enrichd {
namespace {

class Writer final : public ConfigVisitor {
  public:
    void section(Key key, const std::function<void()>& keys) override {
        begin(key);
        out_ << YAML::BeginMap;
        keys();
        out_ << YAML::EndMap;
    }
    void text(Key key, std::string& value, const TextCheck&) override {
        begin(key);
        out_ << YAML::DoubleQuoted << masked_text(value);
    }
    void secret_url(Key key, Secret& value, const TextCheck&) override {
        begin(key);
        out_ << YAML::DoubleQuoted << masked_text(value.reveal());
    }
    void texts(Key key, std::vector<std::string>& value, const TextCheck&) override {
        begin(key);
        out_ << YAML::Flow << value;
    }
    void flag(Key key, bool& value) override {
        begin(key);
        out_ << (value ? "true" : "false");
    }
    void number(Key key, std::size_t& value, std::size_t, std::size_t) override {
        begin(key);
        out_ << value;
    }
    void decimal(Key key, double& value, double, double) override {
        begin(key);
        out_ << value;
    }
    void mode(Key key, unsigned& value) override {
        begin(key);
        const std::array<char, 4> digits{'0', static_cast<char>('0' + (value >> 6U)),
                                         static_cast<char>('0' + (value >> 3U) % 8),
                                         static_cast<char>('0' + value % 8)};
        out_ << YAML::DoubleQuoted << std::string(digits.data(), digits.size());
    }
    void duration(Key key, std::chrono::milliseconds& value, std::chrono::milliseconds,
                  std::chrono::milliseconds) override {
        begin(key);
        out_ << to_text(value);
    }
    void choice(Key key, std::size_t& value, std::span<const std::string_view> names) override {
        begin(key);
        out_ << std::string(names[value]);
    }

    void sections(Key key, const Sections& entries) override {
        begin(key);
        out_ << YAML::BeginSeq;
        for (std::size_t i = 0; i < entries.count; ++i) {
            out_ << YAML::BeginMap;
            entries.visit(i);
            out_ << YAML::EndMap;
        }
        out_ << YAML::EndSeq;
    }

    std::string finished() { return std::string(out_.c_str()) + "\n"; }

    YAML::Emitter& out() { return out_; }

  private:
    void begin(Key key) { out_ << YAML::Key << std::string(key.name) << YAML::Value; }

    YAML::Emitter out_;
};

}  // namespace

std::string to_yaml(Config config) {
    Writer writer;
    writer.out() << YAML::BeginMap;
    visit(config, writer);
    writer.out() << YAML::EndMap;
    return writer.finished();
}

}  // namespace enrichd
