// What the docs tell a reader to type is what the program takes.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <sstream>

#include "app/command_line.hpp"
#include "app/policy_tests.hpp"
#include "config/config.hpp"
#include "config/yaml_reference.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::docs_test {
namespace {

struct Found {
    std::string file;
    std::string text;
};

std::vector<std::filesystem::path> pages() {
    std::vector<std::filesystem::path> out{std::string(ENRICHD_SOURCE) + "/README.md"};
    for (const auto& one : std::filesystem::directory_iterator(std::string(ENRICHD_SOURCE) + "/docs"))
        if (one.path().extension() == ".md") out.push_back(one.path());
    return out;
}

/// The blocks between ``` of a language, without their indentation.
std::vector<Found> blocks(const std::string& language) {
    std::vector<Found> out;
    for (const auto& page : pages()) {
        std::istringstream lines(read_file(page));
        bool inside = false;
        std::size_t indent = 0;
        for (std::string line; std::getline(lines, line);) {
            const std::size_t mark = line.find("```");
            if (mark != std::string::npos) {
                inside = !inside && line.substr(mark + 3) == language;
                indent = mark;
                if (inside) out.push_back({page.filename(), ""});
            } else if (inside) {
                out.back().text += line.substr(std::min(indent, line.size())) + "\n";
            }
        }
    }
    return out;
}

/// Every "enrichd VERB …" of a block, and of the text between `.
std::vector<Found> command_lines() {
    std::vector<Found> out;
    const auto add = [&](const std::string& file, std::string text) {
        text = text.substr(0, text.find(" #"));
        for (std::size_t at = 0; at != std::string::npos;) {
            const std::size_t end = std::min({text.find("&&", at), text.find('|', at), text.find(';', at)});
            std::string one = text.substr(at, end == std::string::npos ? end : end - at);
            one.erase(0, std::min(one.find_first_not_of(" $"), one.size()));
            if (one.starts_with("enrichd ")) out.push_back({file, one});
            at = end == std::string::npos ? end : text.find_first_not_of("&|;", end);
        }
    };
    for (const Found& block : blocks("")) {
        std::istringstream lines(block.text);
        for (std::string line; std::getline(lines, line);) add(block.file, line);
    }
    for (const auto& page : pages()) {
        const std::string text = read_file(page);
        for (std::size_t at = text.find("`enrichd "); at != std::string::npos;
             at = text.find("`enrichd ", at + 1))
            add(page.filename(), text.substr(at + 1, text.find('`', at + 1) - at - 1));
    }
    return out;
}

/// What the program would not take; empty when all is well.
std::string wrong(const CLI::App& program, const std::string& line) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    const CLI::App* at = &program;
    int positional = 0;
    bool options_alone = false;
    while (words >> word) {
        std::erase(word, '[');
        std::erase(word, ']');
        if (word == "…") return "";
        const auto verbs = at->get_subcommands({});
        const auto next = std::find_if(verbs.begin(), verbs.end(),
                                       [&](const auto* one) { return one->get_name() == word; });
        // A verb that does something without one of those below it.
        options_alone = options_alone ||
                        (word.starts_with('-') && at->get_require_subcommand_min() == 0 && !verbs.empty());
        if (next != verbs.end())
            at = *next;
        else if (!verbs.empty() && !options_alone)
            return "'" + word + "' is no verb";
        else if (word.starts_with('-') && at->get_option_no_throw(word.substr(0, word.find('='))) == nullptr)
            return "'" + word + "' is no option";
        else if (!word.starts_with('-'))
            ++positional;
    }
    const auto options = at->get_options();
    const auto most = std::count_if(options.begin(), options.end(), [](const CLI::Option* one) {
        return one->get_positional() || one->get_type_size() > 0;
    });
    return positional <= most ? "" : "too many words";
}

TEST(Docs, EveryCommandLineIsOneOfTheProgram) {
    const CommandLine program;
    const auto lines = command_lines();
    EXPECT_GT(lines.size(), 40U);
    for (const Found& one : lines) {
        if (one.text.starts_with("enrichd refused") || one.text.starts_with("enrichd did not"))
            continue;  // the shim's words
        EXPECT_EQ(wrong(program.app(), one.text), "") << one.file << ": " << one.text;
    }
    EXPECT_NE(wrong(program.app(), "enrichd chek"), "");
    EXPECT_NE(wrong(program.app(), "enrichd check --shwo"), "");
}

TEST(Docs, EveryYamlIsAConfigurationByItselfAndAppendedToTheShippedFile) {
    const auto all = blocks("yaml");
    EXPECT_GE(all.size(), 3U);
    for (const Found& one : all) {
        if (one.text.starts_with("tests:")) continue;
        for (const std::string& text : {one.text, sample_configuration() + one.text}) {
            const ParsedConfig parsed = parse_config(text, one.file);
            EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front().text() << "\n" << one.text;
        }
    }
}

TEST(Docs, EveryFileOfTestsPassesWithTheDefaults) {
    int count = 0;
    const TempDir dir;
    for (const Found& one : blocks("yaml")) {
        if (!one.text.starts_with("tests:")) continue;
        ++count;
        write_file(dir / "tests.yaml", one.text);
        const Report report = run_policy_tests(parse_config("", "e.yaml").config, dir / "tests.yaml");
        EXPECT_TRUE(report.good) << one.file << "\n" << report.human << report.error;
    }
    EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace enrichd::test::docs_test
