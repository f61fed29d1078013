#include "app/yaml_document.hpp"

#include <yaml-cpp/eventhandler.h>

#include <sstream>
#include <string_view>

#include "base/utf8.hpp"

namespace enrichd {
namespace {

/// yaml-cpp takes what has a NUL in it for UTF-16 or UTF-32, and believes it.
bool utf8(std::string_view text) {
    return valid_utf8(text) && text.find('\0') == std::string_view::npos;
}

/// The first line that is no UTF-8, from 1; 0 when there is none.
int line_of_other_bytes(std::string_view text) {
    if (utf8(text)) return 0;
    int line = 1;
    for (; utf8(text.substr(0, text.find('\n'))); ++line) text.remove_prefix(text.find('\n') + 1);
    return line;
}

/// Looks only at where documents are.
class Places final : public YAML::EventHandler {
  public:
    YAML::Mark last;

    void OnDocumentStart(const YAML::Mark& mark) override { last = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { note(mark); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { note(mark); }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
        note(mark);
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

/// Where a second document begins. YAML::LoadAll would say it too, but never ends with a text such as ",a: ".
std::optional<YAML::Mark> second_document(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Places places;
    if (!parser.HandleNextDocument(places)) return std::nullopt;
    places.begin();
    if (!parser.HandleNextDocument(places)) return std::nullopt;
    return places.last;
}

}  // namespace

std::optional<Problem> read_document(const std::string& text, const std::string& file, YAML::Node& out) {
    if (const int line = line_of_other_bytes(text); line > 0)
        return Problem{file, line, 1, "", "expected UTF-8, got bytes that are none"};
    try {
        if (const auto second = second_document(text))
            return Problem{file, second->line + 1, second->column + 1, "",
                           "expected one YAML document, got several (a line '---' begins one)"};
        out = YAML::Load(text);
        return std::nullopt;
    } catch (const YAML::Exception& e) {
        return Problem{file, e.mark.line + 1, e.mark.column + 1, "", "no valid YAML: " + e.msg};
    }
}

}  // namespace enrichd
