#include "stages/domain_stats/packed_verdict.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/heap_bytes.hpp"
#include "base/utf8.hpp"
#include "stages/domain_stats/domain_stats_record.hpp"

namespace enrichd {
namespace {

/// The first byte. Records of version 0.1.0 are JSON and begin with '{'.
constexpr char mark = '\x01';

/// The longest text; lengths below 128 take one byte, else two.
constexpr std::size_t longest_text = 0x3fff;

constexpr std::size_t longest_list = 64;

/// Writes fields one after the other.
class Writer {
  public:
    explicit Writer(std::string& out) : out_(out) {}

    void operator()(bool flag) { out_.push_back(flag ? '\x01' : '\0'); }
    void operator()(double value) {
        char bytes[sizeof value];
        std::memcpy(bytes, &value, sizeof value);
        out_.append(bytes, sizeof bytes);
    }
    void operator()(std::string_view text) {
        text = cut_utf8(text, longest_text);
        count(text.size());
        out_.append(text);
    }
    template <class T>
    void operator()(const std::vector<T>& list) {
        const std::size_t number = std::min(list.size(), longest_list);
        count(number);
        for (std::size_t i = 0; i < number; ++i) (*this)(list[i]);
    }

  private:
    void count(std::size_t number) {
        if (number >= 0x80) out_.push_back(static_cast<char>(0x80U | (number >> 7U)));
        out_.push_back(static_cast<char>(number & 0x7fU));
    }
    std::string& out_;
};

/// What is taken off the front; after the first that is not there whole, nothing.
class Bytes {
  public:
    explicit Bytes(std::string_view in) : in_(in) {}

    std::string_view take(std::size_t size) {
        good_ = good_ && size <= in_.size();
        if (!good_) return {};
        const std::string_view out = in_.substr(0, size);
        in_.remove_prefix(size);
        return out;
    }
    unsigned byte() {
        const std::string_view one = take(1);
        return one.empty() ? 0U : static_cast<unsigned char>(one.front());
    }
    std::size_t count() {
        const unsigned first = byte();
        return first < 0x80U ? first : ((first & 0x7fU) << 7U) | byte();
    }
    /// Of the items of a list.
    std::size_t items() {
        const std::size_t number = count();
        good_ = good_ && number <= longest_list;
        return good_ ? number : 0;
    }
    void require(bool holds) { good_ = good_ && holds; }
    bool whole() const { return good_ && in_.empty(); }

  private:
    std::string_view in_;
    bool good_ = true;
};

class Reader {
  public:
    explicit Reader(std::string_view in) : bytes_(in) {}

    void operator()(bool& flag) { flag = bytes_.byte() != 0; }
    void operator()(double& value) {
        const std::string_view bytes = bytes_.take(sizeof value);
        if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    }
    void operator()(std::string& text) { text = bytes_.take(bytes_.count()); }
    template <class T>
    void operator()(std::vector<T>& list) {
        list.resize(bytes_.items());
        for (T& one : list) (*this)(one);
    }

  private:
    Bytes bytes_;
};

/// Goes over the fields as Reader does, and keeps nothing.
class Check {
  public:
    explicit Check(std::string_view in) : bytes_(in) {}

    void operator()(const bool&) { bytes_.take(1); }
    void operator()(const double&) {
        double value = 0;
        const std::string_view bytes = bytes_.take(sizeof value);
        if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
        bytes_.require(std::isfinite(value));  // JSON has no other numbers
    }
    void operator()(const std::string&) { bytes_.take(bytes_.count()); }
    template <class T>
    void operator()(const std::vector<T>&) {
        const T any{};
        for (std::size_t left = bytes_.items(); left > 0; --left) (*this)(any);
    }
    bool whole() const { return bytes_.whole(); }

  private:
    Bytes bytes_;
};

template <class Visitor, class Verdict>
void visit(Visitor& field, Verdict&& verdict) {
    field(verdict.truncated);
    field(verdict.provisional);
    field(verdict.alerts);
    field(verdict.category);
    field(verdict.freq_scores);
    field(verdict.freq_text);
    field(verdict.seen_by_isc);
    field(verdict.seen_by_web);
    field(verdict.seen_by_you);
    field(verdict.age_failure);
}

}  // namespace

PackedVerdict::PackedVerdict(const DomainStatsVerdict& verdict) {
    std::string bytes(1, mark);
    Writer field(bytes);
    visit(field, verdict);
    bytes_ = std::string(bytes);  // no larger than it needs to be
}

result<PackedVerdict> PackedVerdict::read(std::string bytes) {
    if (!bytes.starts_with(mark)) {
        const auto verdict = domain_stats_verdict_of(bytes);
        if (!verdict) return verdict.error();
        return PackedVerdict(*verdict);
    }
    Check field(std::string_view(bytes).substr(1));
    static const DomainStatsVerdict any;
    visit(field, any);
    if (!field.whole()) return errc::body_wrong_shape;
    PackedVerdict out;
    out.bytes_ = std::move(bytes);
    return out;
}

DomainStatsVerdict PackedVerdict::unpack() const {
    DomainStatsVerdict out;
    Reader field(std::string_view(bytes_).substr(1));
    visit(field, out);
    return out;
}

PackedVerdict::Brief PackedVerdict::brief() const {
    Bytes bytes(std::string_view(bytes_).substr(1));
    bytes.take(1);  // truncated
    Brief out;
    out.provisional = bytes.byte() != 0;
    for (std::size_t left = bytes.items(); left > 0; --left) bytes.take(bytes.count());
    out.category = bytes.take(bytes.count());
    return out;
}

std::size_t heap_bytes(const PackedVerdict& verdict) {
    return heap_bytes(verdict.bytes());
}

}  // namespace enrichd
