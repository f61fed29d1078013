#include "app/command_line.hpp"

#include <gtest/gtest.h>

#include "config/config.hpp"
#include "config/sections.hpp"
#include "config/yaml_reference.hpp"
#include "support/child.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::command_line_test {
namespace {

std::string run(std::vector<std::string> arguments) {
    Command command;
    command.program = "/usr/bin/env";
    arguments.insert(arguments.begin(), "env");
    command.arguments = std::move(arguments);
    Child child(command);
    return child.output();
}

/// What a real bash offers for the words; the last one is being typed.
std::string offered_by_bash(const std::string& words) {
    const TempDir dir;
    write_file(dir / "completion", completion(CommandLine().app(), "bash"));
    return run({"bash", "-uc",
                "source '" + (dir / "completion").string() + "'; COMP_WORDS=(" + words +
                    "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
                    "_enrichd enrichd \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"; "
                    "echo \"${COMPREPLY[*]}\""});
}

/// Exit code and output of the program.
std::pair<int, std::string> enrichd(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "enrichd");
    Command command;
    command.program = ENRICHD_PROGRAM;
    command.arguments = std::move(arguments);
    Child child(command);
    const std::string output = child.output();
    return {child.wait(), output};
}

TEST(CommandLine, AMistypedVerbIsAnsweredWithTheNearest) {
    const auto [code, said] = enrichd({"chek"});
    EXPECT_EQ(code, 2);
    EXPECT_EQ(said,
              "enrichd: 'chek' is no verb of enrichd; did you mean 'check'?\n"
              "Run enrichd help for the list of verbs.\n");
    EXPECT_NE(enrichd({"cache", "stat"}).second.find("did you mean 'stats'?"), std::string::npos);
    EXPECT_NE(enrichd({"cache"}).second.find("a verb is missing; expected one of stats, get, list, flush"),
              std::string::npos);
    EXPECT_NE(enrichd({"check", "--shwo"}).second.find("Did you mean --show?"), std::string::npos);
    EXPECT_EQ(enrichd({}).first, 2);
}

TEST(CommandLine, HelpIsAVerbToo) {
    const auto [code, all] = enrichd({"help"});
    EXPECT_EQ(code, 0);
    EXPECT_NE(all.find("check the configuration"), std::string::npos) << all;
    const auto [also, one] = enrichd({"help", "cache", "get"});
    EXPECT_EQ(also, 0);
    EXPECT_NE(one.find("enrichd cache get [OPTIONS] NAME"), std::string::npos) << one;
    EXPECT_EQ(enrichd({"help", "chek"}).first, 2);
}

TEST(CommandLine, NamesTheSourcesAndKindsThatItKnows) {
    for (const auto& [option, value] : {std::pair<const char*, const char*>{"--source", "file"},
                                        {"--source", "Alerts"},
                                        {"--events", "suricata,bind"},
                                        {"--events", ""}}) {
        const auto [code, all] = enrichd({"wazuh", "install", option, value});
        EXPECT_EQ(code, 2) << value;
        const bool of_source = std::string(option) == "--source";
        EXPECT_NE(all.find(of_source ? "integration,alerts,archives" : "named,technitium,pihole"),
                  std::string::npos)
            << all;
    }
    const auto [code, all] = enrichd({"help", "wazuh", "install"});
    EXPECT_EQ(code, 0);
    EXPECT_NE(all.find("suricata-tls"), std::string::npos) << all;
}

TEST(Completion, OffersVerbsOptionsAndValues) {
    EXPECT_EQ(offered_by_bash("enrichd ca"), "cache\n");
    EXPECT_EQ(offered_by_bash("enrichd cache \"\""), "stats get list flush dump load\n");
    EXPECT_EQ(offered_by_bash("enrichd wazuh install --w"), "--write\n");
    EXPECT_EQ(offered_by_bash("enrichd status -o \"\""), "human json\n");
    EXPECT_EQ(offered_by_bash("enrichd log level w"), "warning\n");
    EXPECT_EQ(offered_by_bash("enrichd wazuh install --source a"), "alerts archives\n");
    EXPECT_EQ(offered_by_bash("enrichd check --config /etc/hostn"), "/etc/hostname\n");
}

TEST(Completion, OfFishOffersTheSame) {
    const TempDir dir;
    write_file(dir / "enrichd.fish", completion(CommandLine().app(), "fish"));
    const auto offered = [&](const std::string& line) {
        return run(
            {"fish", "--no-config", "-c",
             "source '" + (dir / "enrichd.fish").string() + "'; complete -C '" + line + "' | cut -f 1"});
    };
    EXPECT_EQ(offered("enrichd ca"), "cache\n");
    EXPECT_EQ(offered("enrichd cache "), "dump\nflush\nget\nlist\nload\nstats\n");
    EXPECT_EQ(offered("enrichd wazuh install --w"), "--write\n");
    EXPECT_EQ(offered("enrichd status -o "), "human\njson\n");
    EXPECT_EQ(offered("enrichd log level w"), "warning\n");
    EXPECT_EQ(offered("enrichd wazuh install --source a"), "alerts\narchives\n");
    EXPECT_EQ(offered("enrichd check --config /etc/hostn"), "/etc/hostname\n");
}

TEST(Completion, OfZshIsAcceptedByIt) {
    const TempDir dir;
    write_file(dir / "_enrichd", completion(CommandLine().app(), "zsh"));
    EXPECT_EQ(run({"zsh", "-fc",
                   "autoload -Uz compinit && compinit -u -d '" + (dir / "dump").string() + "'; source '" +
                       (dir / "_enrichd").string() + "' && echo $_enrichd_verbs[cache.]"}),
              "stats get list flush dump load\n");
}

TEST(Manual, NamesEveryVerbAndManAcceptsIt) {
    const std::string page = manual_page(CommandLine().app());
    for (const char* verb :
         {"run", "check", "lookup", "explain", "replay", "status", "cache stats", "cache get", "cache flush",
          "log level", "seen import", "support", "wazuh install", "wazuh uninstall", "wazuh doctor",
          "selftest", "completion", "version"})
        EXPECT_NE(page.find(std::string(".SS \\fBenrichd ") + verb + "\\fR"), std::string::npos) << verb;
    const TempDir dir;
    write_file(dir / "enrichd.1", page);
    write_file(dir / "enrichd.yaml.5", configuration_manual());
    for (const char* file : {"enrichd.1", "enrichd.yaml.5"})
        EXPECT_EQ(run({"groff", "-ww", "-man", "-Tutf8", "-z", (dir / file).string()}), "") << file;
}

TEST(SampleConfiguration, IsTheDefaultsWithEveryKeyToTakeTheMarkAwayFrom) {
    const std::string sample = sample_configuration();
    const ParsedConfig as_it_is = parse_config(sample, "sample");
    EXPECT_TRUE(as_it_is.errors.empty());
    Config defaults;
    settle_stages(defaults, [](std::string_view) { return false; });
    EXPECT_EQ(as_it_is.config, defaults);
    std::string all;
    std::istringstream lines(sample);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t mark = line.find('#');
        if (mark != std::string::npos && line[mark + 1] != ' ') line.erase(mark, 1);
        all += line + "\n";
    }
    const ParsedConfig with_all = parse_config(all, "sample");
    EXPECT_TRUE(with_all.errors.empty()) << with_all.errors.front().text();
    defaults = {};
    settle_stages(defaults, [](std::string_view key) { return key == "domain_stats.url"; });
    EXPECT_EQ(with_all.config, defaults);
    EXPECT_GT(with_all.places.size(), 60U);
}

TEST(Reference, InTheDocsIsWhatTheProgramSays) {
    const std::string page = read_file(std::string(ENRICHD_SOURCE) + "/docs/configuration.md");
    const std::size_t start = page.find("```yaml\n") + 8;
    EXPECT_EQ(page.substr(start, page.find("```", start) - start), configuration_reference())
        << "put build/PRESET/pages/reference.yaml there";
}

}  // namespace
}  // namespace enrichd::test::command_line_test
