#include "sources/spool/spool_trouble.hpp"

#include "base/clock.hpp"
#include "pipeline/alert_reader.hpp"

namespace enrichd {

void SpoolTrouble::scan_ended(const std::string& directory, const error& failure) {
    current_.reset();
    if (!failure) return;
    current_ = failure;
    if (complaints_.allows(Clock::now()))
        log::error("the spool cannot be read", {{"directory", directory}, {"detail", failure.message()}});
}

void SpoolTrouble::cannot_read_now(const error& reason) {
    current_ = reason;
    if (complaints_.allows(Clock::now()))
        log::error("spooled alerts cannot be read now; they wait", {{"detail", reason.message()}});
}

void SpoolTrouble::cannot_remove(const SpoolName& name, const error& reason) {
    current_ = reason;
    if (complaints_.allows(Clock::now()))
        log::error(
            "a finished alert cannot be removed from the spool",
            {{"file", name.text()}, {"detail", reason.message()}, {"kept_back", complaints_.kept_back()}});
}

void SpoolTrouble::cannot_read(const SpoolName& name, const error& reason) {
    if (rejections_.allows(Clock::now()))
        log::warning("a spooled alert cannot be read; it is left there",
                     {{"file", name.text()},
                      {"reason", label(reason)},
                      {"detail", reason.message()},
                      {"kept_back", rejections_.kept_back()}});
}

void SpoolTrouble::cannot_read_yet(const SpoolName& name, const error& reason) {
    current_ = reason;
    if (complaints_.allows(Clock::now()))
        log::error(
            "a spooled alert cannot be read now; it is tried again with each scan",
            {{"file", name.text()}, {"detail", reason.message()}, {"kept_back", complaints_.kept_back()}});
}

void SpoolTrouble::refused(const SpoolName& name, const error& reason) {
    if (!asks_for_nothing(reason) && rejections_.allows(Clock::now()))
        log::warning("a spooled alert is refused and removed", {{"file", name.text()},
                                                                {"reason", label(reason)},
                                                                {"detail", reason.message()},
                                                                {"kept_back", rejections_.kept_back()}});
}

void SpoolTrouble::odd_file(std::string_view file) {
    if (odd_files_.allows(Clock::now()))
        log::warning("a file in the spool is not ours; it is left there",
                     {{"file", file}, {"kept_back", odd_files_.kept_back()}});
}

}  // namespace enrichd
