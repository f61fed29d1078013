#include "stages/lists/isc_format.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/units.hpp"
#include "base/utf8.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_text = 200;

/// A quarter of a million objects a day: they are not kept, but looked at one by one.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
  public:
    /// With its name, its number from 1, and what is said of it. False ends the reading.
    using Each = std::function<bool(const std::string& name, std::size_t number, const IscNote& note)>;

    explicit Reader(Each each) : each_(std::move(each)) {}

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t value) override { return number(static_cast<double>(value)); }
    bool number_unsigned(number_unsigned_t value) override { return number(static_cast<double>(value)); }
    bool number_float(number_float_t value, const string_t&) override { return number(value); }
    bool binary(binary_t&) override { return true; }
    bool string(string_t& text) override {
        if (depth_ != of_entries) return true;
        if (key_ == "domainname")
            name_ = std::move(text);
        else if (key_ == "firstseen")
            note_.first_seen = cut_utf8(text, longest_text);
        else if (key_.find("reason") != std::string::npos)
            note_.reason = cut_utf8(text, longest_text);
        else if (key_.find("score") != std::string::npos)
            score_of(text);
        return true;
    }
    bool start_object(std::size_t) override {
        if (++depth_ == of_entries) {
            name_.clear();
            note_ = {};
            ++entries;
        }
        return depth_ > 1 && depth_ < deepest;  // the outermost is an array
    }
    bool end_object() override { return depth_-- != of_entries || each_(name_, entries, note_); }
    bool start_array(std::size_t) override {
        has_list = true;  // an object that is outermost ends the reading
        return ++depth_ < deepest;
    }
    bool end_array() override {
        --depth_;
        return true;
    }
    bool key(string_t& key) override {
        if (depth_ == of_entries) key_ = std::move(key);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

    std::size_t entries = 0;
    bool has_list = false;

  private:
    static constexpr int of_entries = 2;
    static constexpr int deepest = 8;

    bool number(double value) {
        if (depth_ == of_entries && key_.find("score") != std::string::npos) note_.score = value;
        return true;
    }
    void score_of(const std::string& text) {
        const Json value = Json::parse(text, nullptr, false);
        if (value.is_number()) note_.score = value.get<double>();
    }

    Each each_;
    int depth_ = 0;
    std::string key_;
    std::string name_;
    IscNote note_;
};

error read(std::string_view text, Reader::Each each) {
    Reader reader(std::move(each));
    if (nlohmann::json::sax_parse(text.begin(), text.end(), &reader))
        return reader.has_list ? error() : make_error_code(errc::table_wrong_shape);
    return reader.entries == 0 ? errc::table_wrong_shape : errc::table_not_json;
}

}  // namespace

error read_isc(std::string_view text, WallTime oldest, ListBuilder& builder) {
    return read(text, [&](const std::string& name, std::size_t number, const IscNote& note) {
        const auto seen = parse_iso_date(note.first_seen);
        if (seen && *seen < oldest) return true;
        builder.at(number, {});
        if (builder.add(name, suffix_listing, to_note(note))) builder.count_entry();
        return true;
    });
}

error read_isc(std::string_view text, const std::string& day, EntryChanges& changes) {
    std::size_t entries = 0;
    std::size_t named = 0;
    const error failure = read(text, [&](const std::string& name, std::size_t number, const IscNote& note) {
        entries = number;
        if (name.find('.') != std::string::npos) ++named;
        const bool dated = parse_iso_date(note.first_seen) && note.first_seen < day;
        changes.put({name, name, suffix_listing, dated ? note.first_seen : day, to_note(note)});
        return !changes.full();
    });
    if (changes.full()) return errc::list_too_large;
    if (failure) return failure;
    return entries > 0 && named == 0 ? make_error_code(errc::list_no_names) : error();
}

std::string to_note(const IscNote& note) {
    Json out{{"first_seen", note.first_seen}};
    if (note.score) out["score"] = *note.score;
    if (!note.reason.empty()) out["reason"] = note.reason;
    return out.dump(-1, ' ', true, Json::error_handler_t::replace);
}

IscNote isc_note_of(std::string_view note) {
    const Json read = Json::parse(note, nullptr, false);
    IscNote out;
    if (!read.is_object()) return out;
    const auto text_at = [&read](const char* key) {
        const auto found = read.find(key);
        return found != read.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    out.first_seen = text_at("first_seen");
    out.reason = text_at("reason");
    if (const auto score = read.find("score"); score != read.end() && score->is_number())
        out.score = score->get<double>();
    return out;
}

}  // namespace enrichd
