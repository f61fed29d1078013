#include "intake/alert_reader.hpp"

#include <openssl/sha.h>

#include <array>
#include <cstring>

namespace enrichd {

void AlertReader::configure(const AlertReaderOptions& options) {
    max_alert_bytes_ = options.max_alert_bytes;
    fields_ = AlertFields(options.fields);
    response_fields_ = fields_.within_active_response();
}

result<Job> AlertReader::read(std::string_view bytes, Destination destination) const {
    if (bytes.size() > max_alert_bytes_) return errc::alert_too_long;
    Job job;
    job.received = Clock::now();
    job.destination = destination;
    if (destination == Destination::active_response) {
        auto response = decode_active_response(bytes, response_fields_);
        if (!response) return response.error();
        job.alert = std::move(response->alert);
        job.judged = response->suspicion;  // Domain Stats has had its say already: it raised the alert
    } else {
        auto alert = decode_alert(bytes, fields_);
        if (!alert) return alert.error();
        job.alert = *std::move(alert);
    }
    job.hash = content_hash(bytes, destination);
    return job;
}

std::uint64_t content_hash(std::string_view bytes, Destination destination) {
    const std::size_t end = bytes.find_last_not_of(" \t\r\n");
    bytes = bytes.substr(0, end == std::string_view::npos ? 0 : end + 1);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    std::uint64_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return destination == Destination::active_response ? ~hash : hash;
}

}  // namespace enrichd
