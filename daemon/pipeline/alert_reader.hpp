// From the bytes of an alert to a job, in the same way however they came.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/job.hpp"
#include "proto/wire.h"

namespace enrichd {

struct AlertReaderOptions {
    std::size_t max_alert_bytes = WIRE_MAX_ALERT;
    std::vector<std::string> fields = AlertFields::default_pointers();
    ContextPointers context{};
    std::vector<OwnEvents> own{};  // alerts for these are refused
    bool operator==(const AlertReaderOptions&) const = default;
};

class AlertReader {
  public:
    explicit AlertReader(const AlertReaderOptions& options) { configure(options); }

    void configure(const AlertReaderOptions& options);

    /// An alert of Wazuh's integrator, or the line of an active response. Errors: alert_too_long and those of
    /// model/alert.hpp.
    [[nodiscard]] result<Job> read(std::string_view bytes, Destination destination) const;

  private:
    std::size_t max_alert_bytes_ = 0;
    AlertFields fields_;
    AlertFields response_fields_;
};

/// A proper alert that is none for us, as many are: no operator need hear of it.
bool asks_for_nothing(const error& reason);

/// What tells two alerts apart: the first 64 bits of the SHA-256 of their bytes without the blanks at their
/// end, and of how they came. Nobody can make an alert that is taken for another without knowing that other.
std::uint64_t content_hash(std::string_view bytes, Destination destination);

}  // namespace enrichd
