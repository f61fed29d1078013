#include "cli/documents.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t read_size = 64 * 1024;
constexpr std::size_t max_document = 64 * 1024 * 1024;  // an export of the indexer in one document

/// Where a JSON object ends, as far as its braces say.
class Braces {
  public:
    /// Takes more of it. The number of characters up to its end; npos while it goes on.
    std::size_t take(std::string_view text) {
        for (std::size_t at = 0; at < text.size(); ++at) {
            const char c = text[at];
            if (in_text_) {
                if (escaped_)
                    escaped_ = false;
                else if (c == '\\')
                    escaped_ = true;
                else if (c == '"')
                    in_text_ = false;
                continue;
            }
            if (c == '"') in_text_ = true;
            if (c == '{') ++depth_;
            if (c == '}' && --depth_ == 0) return at + 1;
        }
        return std::string_view::npos;
    }

  private:
    int depth_ = 0;
    bool in_text_ = false;
    bool escaped_ = false;
};

}  // namespace

bool Documents::next(std::string& document) {
    if (unwrapped_.empty()) {
        if (!next_raw(document)) return false;
        if (!unwrap(document)) return true;
    }
    document = std::move(unwrapped_.front());
    unwrapped_.pop_front();
    return true;
}

/// A line without its end. Of one that is too long the beginning.
bool Documents::next_line(std::string& line) {
    line.clear();
    for (;;) {
        const std::size_t end = buffer_.find('\n');
        const std::size_t some = std::min(end, buffer_.size());
        line.append(buffer_, 0, std::min(some, max_document - std::min(max_document, line.size())));
        buffer_.erase(0, end == std::string::npos ? some : end + 1);
        if (end != std::string::npos) break;
        if (end_) {
            if (some == 0 && line.empty()) return false;
            break;
        }
        buffer_ = file_.read(read_size);
        end_ = buffer_.empty();
        if (end_ && line.empty()) return false;
    }
    if (line_++ == 0 && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
    return true;
}

/// A document that ends where its braces do, or a line that begins none.
bool Documents::next_raw(std::string& document) {
    constexpr std::string_view between(" \t\r,[]\0", 7);  // documents, and the list around them
    document.clear();
    Braces braces;
    for (;;) {
        const bool fresh = rest_.empty();
        if (fresh && !next_line(rest_)) return !document.empty();
        if (document.empty()) rest_.erase(0, std::min(rest_.find_first_not_of(between), rest_.size()));
        if (rest_.empty()) continue;
        if (document.empty() && rest_.front() != '{') {
            document = std::exchange(rest_, {});
            return true;
        }
        // Within a document lines are indented: this one begins another, and the last was cut.
        if (!document.empty() && fresh && rest_.front() == '{') return true;
        const std::size_t end = braces.take(rest_);
        document.append(rest_, 0, end);
        if (end != std::string::npos) {
            rest_.erase(0, end);
            return true;
        }
        rest_.clear();
        document.push_back('\n');
        if (document.size() > max_document) return true;
    }
}

/// Takes the alerts out of a document of the indexer; and lines and blanks out of one that is pretty-printed.
bool Documents::unwrap(const std::string& document) {
    if (document.find("\"_source\"") == std::string::npos && document.find('\n') == std::string::npos)
        return false;
    const Json read = Json::parse(document, nullptr, false);
    if (!read.is_object()) return false;
    const auto add = [&](const Json& one) {
        unwrapped_.push_back(one.dump(-1, ' ', false, Json::error_handler_t::replace));
    };
    const auto source_of = [](const Json& hit) -> const Json* {
        const auto source = hit.is_object() ? hit.find("_source") : hit.end();
        return hit.is_object() && source != hit.end() && source->is_object() ? &*source : nullptr;
    };
    if (const Json* source = source_of(read)) {
        add(*source);
        return true;
    }
    const auto hits = Json::json_pointer("/hits/hits");
    if (read.contains(hits) && read[hits].is_array())
        for (const Json& hit : read[hits])
            if (const Json* source = source_of(hit)) add(*source);
    if (unwrapped_.empty()) add(read);
    return true;
}

}  // namespace enrichd
