#include "wazuh/ossec_conf.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "cli/program.hpp"
#include "wazuh/place_file.hpp"
#include "wazuh/xml.hpp"

namespace enrichd::wazuh {
namespace {

constexpr std::string_view begin_mark = "<!-- enrichd: begin, put here by enrichd wazuh install -->\n";
constexpr std::string_view begin_mark_after_newline =
    "<!-- enrichd: begin, put here by enrichd wazuh install with the newline before it -->\n";
constexpr std::string_view end_mark = "<!-- enrichd: end -->\n";
constexpr std::array checkers{"bin/wazuh-analysisd", "bin/wazuh-integratord"};
constexpr auto checker_patience = std::chrono::seconds(60);  // for one of Wazuh's programs

struct Comment {
    std::size_t from = 0;
    std::size_t to = 0;
    std::string text{};  // without blanks: an editor may have changed them
};

std::string without_blanks(std::string_view text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out),
                 [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
    return out;
}

std::vector<Comment> comments_of(const std::string& text) {
    std::vector<Comment> out;
    for (std::size_t from = text.find("<!--"); from != std::string::npos; from = text.find("<!--", from)) {
        const std::size_t end = text.find("-->", from + 4);
        if (end == std::string::npos) break;
        out.push_back(
            {from, end + 3, without_blanks(std::string_view(text).substr(from + 4, end - from - 4))});
        from = end + 3;
    }
    return out;
}

std::size_t after_line_end(const std::string& text, std::size_t at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r')) ++at;
    return at < text.size() && text[at] == '\n' ? at + 1 : at;
}

std::size_t before_newline(const std::string& text, std::size_t at) {
    if (at == 0 || text[at - 1] != '\n') return at;
    --at;
    return at > 0 && text[at - 1] == '\r' ? at - 1 : at;
}

std::size_t line_of(const std::string& text, std::size_t at) {
    return 1 + static_cast<std::size_t>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

constexpr std::string_view root_begin = "<ossec_config>";
constexpr std::string_view root_end = "</ossec_config>";

/// A mark may be gone: then the block beside the other one is ours.
OurPart between(const std::string& text, const Comment* begin, const Comment* end) {
    OurPart part;
    if (begin) {
        part.from = begin->from;
        if (begin->text.find("withthenewlinebeforeit") != std::string::npos)
            part.from = before_newline(text, part.from);
    } else {
        part.from = text.rfind(root_begin, end->from);
    }
    if (end) {
        part.to = after_line_end(text, end->to);
    } else {
        const std::size_t root = text.find(root_end, begin->to);
        part.to = root == std::string::npos ? root : after_line_end(text, root + root_end.size());
    }
    const Comment& mark = begin ? *begin : *end;
    const std::string where = "line " + std::to_string(line_of(text, mark.from)) + ": ";
    if (part.from == std::string::npos || part.to == std::string::npos)
        part.problem = where + "one mark of enrichd is there, but no block beside it";
    else if (const auto source = source_of_part(text.substr(part.from, part.to - part.from)))
        part.source = *source;
    else
        part.problem = where + "more than our <integration> or <logall_json> stands between enrichd's marks";
    if (!part.problem.empty())
        part.problem +=
            ". Remove the <integration> with custom-dnsstats (or the <logall_json>) and the comments of "
            "enrichd by hand";
    return part;
}

/// A block without marks that is exactly what install prints.
std::optional<OurPart> printed_part(const std::string& text) {
    const std::string ours = without_blanks(integration_text());
    for (std::size_t from = text.find(root_begin); from != std::string::npos;
         from = text.find(root_begin, from + 1)) {
        const std::size_t end = text.find(root_end, from);
        if (end == std::string::npos) return std::nullopt;
        const std::size_t to = end + root_end.size();
        const auto comments = comments_of(text);
        const bool in_comment = std::any_of(comments.begin(), comments.end(), [&](const Comment& one) {
            return one.from < from && from < one.to;
        });
        if (!in_comment && without_blanks(std::string_view(text).substr(from, to - from)) == ours)
            return OurPart{from, after_line_end(text, to)};
    }
    return std::nullopt;
}

constexpr const char* backup_suffix = ".before-enrichd-";

/// Of the same second there may be one already.
std::string free_backup_name(const std::filesystem::path& file) {
    const std::string first = file.string() + backup_suffix + to_iso_date(wall_seconds(WallClock::now()));
    std::string name = first;
    std::error_code none_then;
    for (int number = 2; std::filesystem::exists(std::filesystem::symlink_status(name, none_then)); ++number)
        name = first + "-" + std::to_string(number);
    return name;
}

std::vector<std::filesystem::path> backups_of(const std::filesystem::path& file) {
    std::vector<std::filesystem::path> out;
    std::error_code none_then;
    for (const auto& entry : std::filesystem::directory_iterator(file.parent_path(), none_then))
        if (entry.path().filename().string().starts_with(file.filename().string() + backup_suffix))
            out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

Written replace(const Home& home, const std::filesystem::path& file, const FileThere& before,
                const std::string& after, const std::string& backup) {
    std::string problem;
    if (!read_ossec_conf(after, problem))
        return {false, "would be no XML with the change, " + problem + "; not changed"};
    const auto put = [&](const std::filesystem::path& where, const std::string& text) {
        return place_file(where, text, before.user, before.group, before.mode);
    };
    if (const std::string why = put(backup, before.bytes); !why.empty())
        return {false, "no backup, so no change: " + why};
    std::string no = put(file, after);
    if (no.empty()) no = objection(home);
    if (no.empty()) return {true, "backup: " + backup};
    const std::string not_back = put(file, before.bytes);
    if (!not_back.empty()) return {false, no + "; AND THE BACKUP COULD NOT BE PUT BACK: " + backup};
    std::error_code stays_then;
    std::filesystem::remove(backup, stays_then);
    return {false, no + "; it is as it was"};
}

/// Backups with the text that the file has again, or with that and our part, are of no use any more.
std::string remove_backups(const std::filesystem::path& file, const std::string& text) {
    std::string kept;
    for (const auto& backup : backups_of(file)) {
        std::error_code stays_then;
        if (const auto bytes = bytes_of(backup);
            bytes && (*bytes == text || without_our_part(*bytes) == text))
            std::filesystem::remove(backup, stays_then);
        else
            kept.append(kept.empty() ? "" : ", ").append(backup.string());
    }
    return kept.empty() ? "no backup is left" : "it differs from these backups, which stay: " + kept;
}

}  // namespace

std::optional<OurPart> our_part(const std::string& text) {
    const auto comments = comments_of(text);
    const auto mark = [&](std::string_view begins) {
        return std::find_if(comments.begin(), comments.end(),
                            [&](const Comment& one) { return one.text.starts_with(begins); });
    };
    const auto begin = mark("enrichd:begin");
    auto end = mark("enrichd:end");
    while (begin != comments.end() && end != comments.end() && end < begin) ++end;
    if (end != comments.end() && !end->text.starts_with("enrichd:end")) end = comments.end();
    if (begin == comments.end() && end == comments.end()) return printed_part(text);
    return between(text, begin == comments.end() ? nullptr : &*begin,
                   end == comments.end() ? nullptr : &*end);
}

std::string without_our_part(const std::string& text) {
    const auto part = our_part(text);
    if (!part || !part->problem.empty()) return text;
    return text.substr(0, part->from) + text.substr(part->to);
}

std::string part_to_paste(AlertSource source) {
    const std::string part(conf_part_for(source));
    return source == AlertSource::integration ? part : std::string(begin_mark).append(part).append(end_mark);
}

ConfChange change_for(const std::string& text, AlertSource source) {
    const auto ours = our_part(text);
    const bool for_another = ours && (ours->source != source || conf_part_for(source).empty());
    if (!for_another && has_what_it_needs(text, source)) return ConfChange::nothing;
    return has_what_it_needs(without_our_part(text), source) ? ConfChange::take : ConfChange::put;
}

std::string objection_to_text(const std::string& text) {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        return "is a text in UTF-16, which Wazuh cannot read: save it in UTF-8";
    if (const std::size_t nul = text.find('\0'); nul != std::string::npos)
        return "line " + std::to_string(line_of(text, nul)) +
               ": a NUL byte. The file is damaged, or a text in UTF-16: Wazuh cannot read it";
    std::string problem;
    const auto conf = read_ossec_conf(text, problem);
    if (!conf) return "is no XML, " + problem;
    if (conf->roots == 0) return "has no <ossec_config>: it is not the configuration of a manager";
    const auto part = our_part(text);
    return part ? part->problem : std::string();
}

bool can_be_checked(const Home& home) {
    return std::all_of(checkers.begin(), checkers.end(), [&](const char* name) {
        std::error_code none_then;
        return std::filesystem::exists(home.path / name, none_then);
    });
}

std::string objection(const Home& home) {
    for (const char* name : checkers) {
        const auto program = home.path / name;
        std::error_code none_then;
        if (!std::filesystem::exists(program, none_then)) continue;
        const ProgramRun run = run_program({program.string(), "-t"}, checker_patience);
        if (run.exit_code != 0)
            return std::string(name) + " -t does not accept it (exit code " + std::to_string(run.exit_code) +
                   "): " + run.output.substr(0, 2000);
    }
    return {};
}

Written put_our_part(const Home& home, AlertSource source) {
    const ConfFile file = home.conf_file();
    const auto before = file_there(file.path);
    if (!file.problem.empty() || !before)
        return {false, before ? file.problem : "is no file that can be read"};
    if (const std::string why = objection_to_text(before->bytes); !why.empty())
        return {false, why + "; not changed"};
    std::string after = without_our_part(before->bytes);
    const bool with_newline = !after.empty() && after.back() != '\n';
    after.append(with_newline ? "\n" : "").append(with_newline ? begin_mark_after_newline : begin_mark);
    after.append(conf_part_for(source)).append(end_mark);
    return replace(home, file.path, *before, after, free_backup_name(file.path));
}

Written take_our_part(const Home& home) {
    const ConfFile file = home.conf_file();
    const auto before = file_there(file.path);
    if (!file.problem.empty() || !before)
        return {false, before ? file.problem : "is no file that can be read"};
    const auto part = our_part(before->bytes);
    if (!part) return {false, "has no part of ours"};
    if (!part->problem.empty()) return {false, part->problem};
    std::string after = without_our_part(before->bytes);
    // Version 0.1.0 added a newline where there was none, and did not write down that it did.
    for (const auto& backup : backups_of(file.path))
        if (const auto bytes = bytes_of(backup); bytes && *bytes + "\n" == after) after = *bytes;
    const std::string backup = free_backup_name(file.path);
    Written written = replace(home, file.path, *before, after, backup);
    if (!written.done) return written;
    std::error_code stays_then;
    std::filesystem::remove(backup, stays_then);
    return {true, remove_backups(file.path, after)};
}

}  // namespace enrichd::wazuh
