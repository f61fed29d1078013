#include "outputs/wazuh_queue/sent_lately.hpp"

#include <algorithm>

namespace enrichd {

void SentLately::note(std::initializer_list<std::string_view> parts, std::string_view kind,
                      Clock::time_point now) {
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    std::size_t begin = end_;
    if (begin + size > max_bytes) {  // a message is not divided
        while (count_ > 0 && oldest().begin >= end_) pop_front();
        begin = 0;
    }
    const auto in_the_way = [&] {
        return oldest().begin < begin + size && begin < oldest().begin + oldest().size;
    };
    while (count_ == max_messages || (count_ > 0 && in_the_way())) pop_front();
    places_[(first_ + count_) % max_messages] = {now, begin, size, kind};
    ++count_;
    end_ = begin;
    for (const std::string_view part : parts) {
        std::copy(part.begin(), part.end(), &bytes_[end_]);
        end_ += part.size();
    }
}

void SentLately::forget_before(Clock::time_point limit) {
    while (count_ > 0 && oldest().at < limit) pop_front();
}

std::string_view SentLately::front() const {
    return {&bytes_[oldest().begin], oldest().size};
}

void SentLately::pop_front() {
    first_ = (first_ + 1) % max_messages;
    --count_;
}

}  // namespace enrichd
