// Records in the state file that are JSON objects: what is written is what is read, by this and by later
// versions. For the .cpp files of records alone.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace enrichd::json_record {

/// Walks the fields of a verdict, once for writing and once for reading: what is written is what is read.
class Writer {
  public:
    template <class T>
    void operator()(const char* name, const T& value) {
        if (value != T()) out_[name] = value;
    }
    std::string text() const { return out_.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }
    nlohmann::json& value() { return out_; }

  private:
    nlohmann::json out_ = nlohmann::json::object();
};

class Reader {
  public:
    explicit Reader(const nlohmann::json& in) : in_(in) {}
    template <class T>
    void operator()(const char* name, T& value) {
        if (const auto found = in_.find(name); found != in_.end()) found->get_to(value);
    }
    /// Nothing that would have to be rounded, or is no count.
    void operator()(const char* name, std::size_t& value) {
        if (const auto found = in_.find(name); found != in_.end())
            value = found->get_ref<const nlohmann::json::number_unsigned_t&>();
    }

  private:
    const nlohmann::json& in_;
};

/// Reads a record that may be of any make: the library's exceptions end here.
template <class Verdict, class Fill>
result<Verdict> read(std::string_view record, Fill fill) {
    const nlohmann::json in = nlohmann::json::parse(record, nullptr, false);
    if (in.is_discarded()) return errc::body_not_json;
    if (!in.is_object()) return errc::body_wrong_shape;
    try {
        Verdict verdict;
        fill(in, verdict);
        return verdict;
    } catch (const nlohmann::json::exception&) {
        return errc::body_wrong_shape;
    }
}

}  // namespace enrichd::json_record
