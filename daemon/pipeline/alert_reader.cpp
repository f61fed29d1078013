#include "pipeline/alert_reader.hpp"

#include <string>
#include <utility>
#include <vector>

#include "pipeline/sha256.hpp"

namespace enrichd {

void AlertReader::configure(const AlertReaderOptions& options) {
    max_alert_bytes_ = options.max_alert_bytes;
    fields_ = AlertFields(options.fields, options.context);
    response_fields_ = fields_.within_active_response();
    std::vector<std::string> all;
    std::vector<std::string> answers;
    for (const OwnEvents& own : options.own) {
        all.emplace_back(own.integration);
        if (own.answers_active_responses) answers.emplace_back(own.integration);
    }
    fields_.refuse(std::move(all));
    response_fields_.refuse(std::move(answers));
}

result<Job> AlertReader::read(std::string_view bytes, Destination destination) const {
    if (bytes.size() > max_alert_bytes_) return errc::alert_too_long;
    Job job;
    job.received = Clock::now();
    job.destination = destination;
    const bool response = destination == Destination::active_response;
    auto alert = response ? decode_active_response(bytes, response_fields_) : decode_alert(bytes, fields_);
    if (!alert) return alert.error();
    job.alert = *std::move(alert);
    // The domain check has had its say: its event raised the active response.
    if (response) job.rank = Suspicion::requested;
    job.hash = content_hash(bytes, destination);
    return job;
}

bool asks_for_nothing(const error& reason) {
    return reason == errc::name_missing || reason == errc::other_command;
}

std::uint64_t content_hash(std::string_view bytes, Destination destination) {
    const std::size_t end = bytes.find_last_not_of(" \t\r\n");
    bytes = bytes.substr(0, end == std::string_view::npos ? 0 : end + 1);
    const std::uint64_t hash = short_hash(bytes);
    return destination == Destination::active_response ? ~hash : hash;
}

}  // namespace enrichd
