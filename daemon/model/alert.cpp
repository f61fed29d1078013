#include "model/alert.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/json/basic_parser_impl.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/utf8.hpp"
#include "model/name_text.hpp"

namespace enrichd {
namespace {

using Text = boost::json::string_view;
using Failure = boost::json::error_code;
using Kind = AlertTarget::Kind;

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_id = 64;
constexpr std::size_t max_agent_field = 255;
static_assert(condition_count == ContextTexts::groups);

/// What some editors put in front of UTF-8.
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Walks the alert once and keeps what stands at the wanted places; nothing else is copied. `nodes_` is a
/// stack: for each open level the nodes of the tree that lead to it, at its top those of the present value.
///
/// Boost.JSON calls it. It hands out texts in parts; most are one part, which points into the alert.
class Reader {
  public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    explicit Reader(const AlertFields& fields) : fields_(fields) {}

    bool on_document_begin(Failure&) { return true; }
    bool on_document_end(Failure&) { return true; }
    bool on_object_begin(Failure&) {
        begin_value();
        note_no_text();
        if (depth_ == 0) nodes_.push_back(PathTree::root);
        return enter(false);
    }
    bool on_object_end(std::size_t, Failure&) { return leave(); }
    bool on_array_begin(Failure& failure) {
        if (depth_ == 0) return no_object(failure);
        begin_value();
        note_no_text();
        return enter(true);
    }
    bool on_array_end(std::size_t, Failure&) { return leave(); }
    bool on_key_part(Text part, std::size_t, Failure&) { return keep(part); }
    bool on_key(Text last, std::size_t, Failure&) {
        const Text key = whole(last);
        find_nodes([key](const PathTree::Child& child) { return child.token == key; });
        parts_.clear();
        return true;
    }
    bool on_string_part(Text part, std::size_t, Failure&) {
        if (!in_value_) begin_value();
        in_value_ = true;
        return !wanted() || keep(part);
    }
    bool on_string(Text last, std::size_t, Failure& failure) {
        if (!in_value_) begin_value();
        in_value_ = false;
        if (depth_ == 0) return no_object(failure);
        if (wanted()) take(whole(last), true);
        parts_.clear();
        return true;
    }
    bool on_number_part(Text part, Failure&) {
        if (!in_value_) begin_value();
        in_value_ = true;
        return keep(part);
    }
    bool on_int64(std::int64_t, Text last, Failure& failure) { return number(last, failure); }
    bool on_uint64(std::uint64_t, Text last, Failure& failure) { return number(last, failure); }
    bool on_double(double, Text last, Failure& failure) { return number(last, failure); }
    bool on_bool(bool, Failure& failure) { return other_value(failure); }
    bool on_null(Failure& failure) { return other_value(failure); }
    bool on_comment_part(Text, Failure&) { return true; }
    bool on_comment(Text, Failure&) { return true; }

    std::string_view integration() const { return integration_; }
    std::string_view command() const { return command_; }

    /// Once, at the end. Errors: name_missing, name_not_text.
    result<Alert> alert() {
        Names* first = nullptr;
        bool empty = false;
        bool odd = false;
        for (std::size_t needed = 0; needed < condition_count; ++needed) {
            Names& names = names_[needed];
            if ((holds_ & (1U << needed)) == 0) continue;
            empty = empty || names.empty;
            odd = odd || names.odd;
            if (names.text && (!first || names.preference < first->preference)) first = &names;
        }
        if (!first && !empty) return odd ? errc::name_not_text : errc::name_missing;
        if (first) alert_.query = *std::move(first->text);
        alert_.context = context_.json(holds_);
        return std::move(alert_);
    }

  private:
    struct Level {
        std::size_t begin = 0;  // its nodes in nodes_
        std::size_t end = 0;
        std::size_t next = 0;  // of an array: the next element's place
        bool in_array = false;
    };

    /// The names that count on one condition.
    struct Names {
        std::optional<std::string> text{};  // the one that is preferred
        std::size_t preference = 0;
        bool empty = false;  // one was no name
        bool odd = false;    // one was no text
    };

    /// Those below the nodes of the open level that the present value stands at.
    template <class IsHere>
    void find_nodes(const IsHere& is_here) {
        const Level& level = levels_[depth_];
        if (level.begin == level.end) return;
        nodes_.resize(level.end);
        for (std::size_t i = level.begin; i < level.end; ++i)
            for (const PathTree::Child& child : fields_.tree().children(nodes_[i]))
                if (is_here(child)) nodes_.push_back(child.node);
    }
    /// An element of an array has no key: its place tells which paths lead to it.
    void begin_value() {
        Level& level = levels_[depth_];
        if (!level.in_array) return;
        const std::size_t place = level.next++;
        find_nodes([place](const PathTree::Child& child) { return child.any || child.place == place; });
    }
    /// Whether anything may be wanted of the present value. A path that ends at an array means its elements.
    bool wanted() const {
        const Level& level = levels_[depth_];
        return nodes_.size() > level.end || (level.in_array && level.end > level.begin);
    }
    void take(std::string_view text, bool is_text) {
        const Level& level = levels_[depth_];
        for (std::size_t i = level.in_array ? level.begin : level.end; i < nodes_.size(); ++i)
            for (const std::uint32_t number : fields_.tree().targets(nodes_[i])) {
                const AlertTarget& target = fields_.target(number);
                const bool listed = i < level.end;
                if (!listed || target.kind == Kind::name || target.kind == Kind::context)
                    take(target, text, is_text);
            }
    }
    void take(const AlertTarget& target, std::string_view text, bool is_text) {
        switch (target.kind) {
            case Kind::id:
                alert_.id = cut_utf8(text, max_id);
                break;
            case Kind::agent_id:
                alert_.agent.id = cut_utf8(text, max_agent_field);
                break;
            case Kind::agent_name:
                alert_.agent.name = cut_utf8(text, max_agent_field);
                break;
            case Kind::agent_ip:
                alert_.agent.ip = cut_utf8(text, max_agent_field);
                break;
            case Kind::integration:
                integration_ = cut_utf8(text, max_id);
                break;
            case Kind::command:
                command_ = cut_utf8(text, max_id);
                break;
            case Kind::condition:
                if (target.value.empty() || target.value == text) holds_ |= bit(target.needs);
                break;
            case Kind::name:
                take_name(target, text, is_text);
                break;
            case Kind::context:
                context_.add({target.field, static_cast<std::size_t>(target.needs), target.preference,
                              target.escaped_twice},
                             text);
                break;
        }
    }
    /// Of several names at one place the first counts.
    void take_name(const AlertTarget& target, std::string_view text, bool is_text) {
        Names& names = names_[static_cast<std::size_t>(target.needs)];
        if (!is_text) {
            names.odd = true;
            return;
        }
        if (names.text && names.preference <= target.preference) return;
        auto name = name_in_field(text);
        names.empty = names.empty || !name;
        if (!name) return;
        names.text = std::move(name);
        names.preference = target.preference;
    }
    bool keep(Text part) {
        parts_.append(part.data(), part.size());
        return true;
    }
    Text whole(Text last) {
        if (parts_.empty()) return last;
        keep(last);
        return parts_;
    }
    /// As good as its text, but for a name.
    bool number(Text last, Failure& failure) {
        if (!in_value_) begin_value();
        in_value_ = false;
        if (wanted()) take(whole(last), false);
        parts_.clear();
        return depth_ > 0 || no_object(failure);
    }
    /// A value without a text. An array of texts where a name is expected means them.
    void note_no_text() {
        for (std::size_t i = levels_[depth_].end; i < nodes_.size(); ++i)
            for (const std::uint32_t number : fields_.tree().targets(nodes_[i])) {
                const AlertTarget& target = fields_.target(number);
                if (target.kind == Kind::name) names_[static_cast<std::size_t>(target.needs)].odd = true;
            }
    }
    bool other_value(Failure& failure) {
        begin_value();
        note_no_text();
        return depth_ > 0 || no_object(failure);
    }
    static bool no_object(Failure& failure) {
        failure = boost::json::error::syntax;
        return false;
    }
    bool enter(bool array) {
        const std::size_t begin = levels_[depth_].end;
        levels_[++depth_] = {begin, nodes_.size(), 0, array};
        return true;
    }
    bool leave() {
        nodes_.resize(levels_[depth_].begin);
        --depth_;
        return true;
    }
    static constexpr unsigned bit(Condition condition) { return 1U << static_cast<unsigned>(condition); }

    const AlertFields& fields_;
    std::array<Level, max_depth + 2> levels_;  // by depth, from 1
    std::size_t depth_ = 0;
    boost::container::small_vector<PathTree::Node, 32> nodes_;
    bool in_value_ = false;  // a text or a number of which a part has come
    std::string parts_;

    Alert alert_;
    std::string integration_;
    std::string command_;
    std::array<Names, condition_count> names_;
    ContextTexts context_;
    unsigned holds_ = bit(Condition::none);  // the conditions
};

/// Reads the whole text, which may end in blanks, or the first of several objects. Bytes that are no UTF-8
/// are looked for only when it cannot be read: the parser refuses them.
class Parser {
  public:
    explicit Parser(const AlertFields& fields) : parser_(options(), fields) {}

    [[nodiscard]] error read(std::string_view text) {
        if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
        Failure failure;
        const std::size_t used = parser_.write_some(false, text.data(), text.size(), failure);
        if (failure == boost::json::error::too_deep) return errc::alert_too_deep;
        if (failure) return errc::alert_not_json;
        text.remove_prefix(used);
        return text.empty() || text.front() == '{' ? error() : errc::alert_not_json;
    }
    Reader& reader() { return parser_.handler(); }

  private:
    static boost::json::parse_options options() {
        boost::json::parse_options out;
        out.max_depth = max_depth;
        return out;
    }
    boost::json::basic_parser<Reader> parser_;
};

/// With U+FFFD for what is no character; nothing when all are.
std::optional<std::string> repaired(std::string_view text) {
    std::string out = repaired_escapes(valid_utf8(text) ? std::string(text) : repaired_utf8(text));
    return out == text ? std::nullopt : std::optional(std::move(out));
}

result<Alert> to_alert(Reader& reader, const AlertFields& fields) {
    if (fields.refuses(reader.integration())) return errc::own_event;
    return reader.alert();
}

}  // namespace

result<Alert> decode_alert(std::string_view text, const AlertFields& fields) {
    Parser parser(fields);
    if (const error failure = parser.read(text)) {
        if (const auto fixed = repaired(text)) return decode_alert(*fixed, fields);
        return failure;
    }
    return to_alert(parser.reader(), fields);
}

result<Alert> decode_active_response(std::string_view text, const AlertFields& fields) {
    Parser parser(fields);
    if (const error failure = parser.read(text)) {
        if (const auto fixed = repaired(text)) return decode_active_response(*fixed, fields);
        return failure;
    }
    Reader& reader = parser.reader();
    if (reader.command() != "add") return errc::other_command;
    return to_alert(reader, fields);
}

}  // namespace enrichd
