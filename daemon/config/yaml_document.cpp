#include "config/yaml_document.hpp"

#include <yaml-cpp/eventhandler.h>

#include <sstream>
#include <utility>

#include "base/utf8.hpp"
#include "config/yaml_hints.hpp"

namespace enrichd {
namespace {

/// Looks only at where documents are, and whether their texts are UTF-8: of the escapes \_ and \N yaml-cpp
/// makes single bytes.
class Places final : public YAML::EventHandler {
  public:
    YAML::Mark last;
    std::optional<YAML::Mark> other_bytes;  // the first text that is no UTF-8

    void OnDocumentStart(const YAML::Mark& mark) override { last = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { note(mark); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { note(mark); }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  const std::string& text) override {
        note(mark);
        if (!other_bytes && !valid_utf8(text)) other_bytes = mark;
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        note(mark);
    }
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        note(mark);
    }
    void OnMapEnd() override {}

    void begin() { noted_ = false; }

  private:
    void note(const YAML::Mark& mark) {
        if (!noted_) last = mark;
        noted_ = true;
    }
    bool noted_ = false;
};

Problem problem_at(const YAML::Mark& mark, const std::string& file, std::string message) {
    return {file, mark.line + 1, mark.column + 1, "", std::move(message)};
}

/// What makes it something other than one document of texts. YAML::LoadAll would say it of several, but never
/// ends with a text such as ",a: ".
std::optional<Problem> problem_of(const std::string& text, const std::string& file) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Places places;
    if (!parser.HandleNextDocument(places)) return std::nullopt;
    if (places.other_bytes)
        return problem_at(*places.other_bytes, file, "expected a text without the escapes \\_ and \\N");
    places.begin();
    if (!parser.HandleNextDocument(places)) return std::nullopt;
    return problem_at(places.last, file, "expected one YAML document, got several (a line '---' begins one)");
}

}  // namespace

std::optional<Problem> read_document(const std::string& text, const std::string& file, YAML::Node& out) {
    // yaml-cpp takes what has a NUL in it for UTF-16 or UTF-32, and believes it.
    if (Problem bytes = no_utf8(text, file); bytes.line > 0) return bytes;
    try {
        if (auto problem = problem_of(text, file)) return problem;
        out = YAML::Load(text);
        return std::nullopt;
    } catch (const YAML::Exception& e) {
        // It may quote a byte of a character.
        return no_yaml(text, file, e.mark.line + 1, e.mark.column + 1, repaired_utf8(e.msg));
    }
}

}  // namespace enrichd
