// What an analyst wants to know of the alert that an event is about: its `source`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace enrichd {

enum class ContextField : std::uint8_t { rule, level, time, process, user, query_status, answers, client };
inline constexpr std::size_t context_field_count = 8;

/// Its key in the JSON.
std::string_view name_of(ContextField field);

/// A context is never longer. Of one that would be, the last answers are left out first, then the ends of
/// texts.
inline constexpr std::size_t max_context_bytes = 7 * 1024;

/// The texts of a context, before it is written: copies, each with a place of its own here, so that none of
/// them takes another's and nothing is on the heap. Those of a field are from one place of the alert, the one
/// with the smallest preference. Texts that count only on a condition are in a group of their own.
class ContextTexts {
  public:
    static constexpr std::size_t groups = 3;
    static constexpr std::size_t max_answers = 8;
    static constexpr std::size_t max_text = 512;

    /// Who wants a text, and where it stands.
    struct Wanted {
        ContextField field;
        std::size_t group = 0;
        std::size_t preference = 0;
        bool escaped_twice = false;  // it has one more level of JSON's escapes
    };

    ContextTexts() {}  // NOLINT: places are written before they are read

    /// Takes a copy, if it holds a value, which "", "-", "N/A" and "(empty)" are not. `text` is valid UTF-8.
    void add(const Wanted& wanted, std::string_view text);

    /// A JSON object with the texts of the groups that count; empty when there are none. `counts` has a bit
    /// for each group.
    std::string json(unsigned counts) const;

  private:
    struct Place {
        std::array<char, max_text + 4> bytes;  // one character more, to see where to cut
        std::size_t size;
        std::string_view text() const { return {bytes.data(), size}; }
    };
    struct Texts {
        std::size_t preference = static_cast<std::size_t>(-1);
        std::size_t count = 0;
    };
    struct Limits {
        std::size_t answers;
        std::size_t text;
    };
    using Groups =
        std::array<std::size_t, context_field_count>;  // of each field the one that counts; or none

    static std::size_t index(ContextField field, std::size_t group) {
        return group * context_field_count + static_cast<std::size_t>(field);
    }
    Place& place(ContextField field, std::size_t group, std::size_t number) {
        return field == ContextField::answers ? answers_[group * max_answers + number]
                                              : places_[index(field, group)];
    }
    const Place& place(ContextField field, std::size_t group, std::size_t number) const {
        return const_cast<ContextTexts*>(this)->place(field, group, number);  // NOLINT
    }
    void add_one(const Wanted& wanted, std::string_view text);
    void append(std::string& out, ContextField field, std::size_t group, const Limits& limits) const;
    std::string written(const Groups& chosen, const Limits& limits) const;

    std::array<Texts, groups * context_field_count> texts_{};
    std::array<Place, groups * context_field_count> places_;  // but for answers
    std::array<Place, groups * max_answers> answers_;
};

/// A context that somebody else may have written, made sound: what is no part of a context is left out, and
/// all of it when it is no JSON object.
std::string sound_context(const std::string& context);

/// Makes it a step shorter, of an event that is too long: the answers go first, the last before the others;
/// then the ends of long texts. False when it is as short as it gets, below 4 KiB.
bool shorten_context(std::string& context);

}  // namespace enrichd
