#include "pipeline/alert_reader.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace enrichd {
namespace {

/// The first 64 bits. OpenSSL 3 looks its algorithm up at each use unless it is kept.
std::uint64_t sha256_front(std::string_view bytes) {
    thread_local const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(
        EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state(EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    const bool done = EVP_DigestInit_ex2(state.get(), algorithm.get(), nullptr) == 1 &&
                      EVP_DigestUpdate(state.get(), bytes.data(), bytes.size()) == 1 &&
                      EVP_DigestFinal_ex(state.get(), digest.data(), nullptr) == 1;
    if (!done) throw std::runtime_error("OpenSSL has no SHA-256");
    std::uint64_t front = 0;
    std::memcpy(&front, digest.data(), sizeof front);
    return front;
}

}  // namespace

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
    const std::uint64_t hash = sha256_front(bytes);
    return destination == Destination::active_response ? ~hash : hash;
}

}  // namespace enrichd
