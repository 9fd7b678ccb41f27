// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// redoubt-install: puts a payload onto a disk, as the answers say, or says why not.

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

#include "common/base/file.hpp"
#include "common/config/quantity.hpp"
#include "installer/setup/ask.hpp"
#include "installer/setup/choose_disk.hpp"
#include "installer/setup/disks.hpp"
#include "installer/setup/doctor.hpp"
#include "installer/setup/install.hpp"

namespace redoubt::installer {
namespace {

constexpr int k_done = 0;
constexpr int k_failed = 1;
constexpr int k_wrong_use = 2;

struct Options {
    std::string payload = "/run/medium/redoubt";
    std::string key = "/etc/redoubt-install/manifest.pub";
    std::string answers;
    std::string image;
    std::string image_size = "16G";
    std::string machine = "/";
    bool ask = false;
    bool check_only = false;
    bool doctor = false;
};

/// A folder of our own that goes when we end.
class WorkFolder {
  public:
    static Result<WorkFolder> make() {
        std::string name = (std::filesystem::temp_directory_path() / "redoubt-install-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) return fail_errno(errno, "make a folder {}", name);
        return WorkFolder(name);
    }
    ~WorkFolder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    WorkFolder& operator=(WorkFolder&&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    explicit WorkFolder(std::string path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

void tell(std::string_view what) {
    std::cout << "redoubt-install: " << what << std::endl;
}

/// What the machine lacks, in words; whether it can be a node.
bool tell_of_the_machine(const Options& options) {
    const auto findings = examine(gather_machine_facts(options.machine));
    std::cout << render(findings) << std::flush;
    return can_be_a_node(findings);
}

/// The text of the answers: a file's, or a person's.
Result<std::string> learn_answers(const Options& options) {
    if (!options.ask)
        return read_file(options.answers, appliance::k_max_answers).transform_error(context("answers"));
    RDT_TRY(const auto disks, list_disks());
    RDT_TRY(const auto answers, ask_for_answers(std::cin, std::cout, disks));
    return appliance::render_answers(answers);
}

Status run(const Options& options) {
    if (options.image.empty() && !tell_of_the_machine(options))
        return fail(Code::failed_precondition, "this machine lacks what is said to be MISSING above");
    RDT_TRY(const auto text, learn_answers(options));
    RDT_TRY(const auto answers, appliance::parse_answers(text, options.ask ? "answer" : options.answers));
    RDT_TRY(const auto key_text,
            read_file(options.key, 4096).transform_error(context("key of the manifest")));
    RDT_TRY(const auto key, crypto::PublicKey::parse(key_text));
    tell("checking what is to be installed");
    RDT_TRY(const auto payload, open_payload(options.payload, key));

    Installation installation{.target = options.image, .erase = answers.erase, .answers = text};
    if (options.image.empty()) {
        RDT_TRY(const auto disks, list_disks());
        RDT_TRY(const auto disk, choose_disk(disks, answers));
        installation.target = disk.path;
    } else {
        RDT_TRY(installation.image_bytes, config::parse_size(options.image_size));
        if (*installation.image_bytes < k_least_disk)
            return fail(Code::invalid_argument, "--size is less than a disk has to have");
    }
    if (options.check_only) {
        tell("would install " + payload.manifest.version + " on " + installation.target.string());
        return {};
    }
    RDT_TRY(const auto work, WorkFolder::make());
    installation.work = work.path();
    tell("installing " + payload.manifest.version + " on " + installation.target.string());
    RDT_CHECK(install(payload, installation));
    tell("installed " + payload.manifest.version + " on " + installation.target.string() +
         " and read it back");
    return {};
}

} // namespace
} // namespace redoubt::installer

int main(int count, char** words) {
    using namespace redoubt::installer;
    Options options;
    CLI::App app("Puts Redoubt onto a disk, as an answer file says.", "redoubt-install");
    app.set_version_flag("--version", REDOUBT_VERSION);
    app.add_option("--payload", options.payload, "folder of what is to be installed")->capture_default_str();
    app.add_option("--key", options.key, "public key of its manifest")->capture_default_str();
    app.add_option("--answers", options.answers, "answer file");
    app.add_flag("--ask", options.ask, "ask whoever is at the terminal instead of reading answers");
    app.add_option("--machine", options.machine, "what is looked at as the machine: for tests")->group("");
    app.add_option("--image", options.image, "make this file instead of writing a disk");
    app.add_option("--size", options.image_size, "of that file")->capture_default_str();
    app.add_flag("--check", options.check_only, "say what would be done, or why not, and write nothing");
    app.add_flag("--doctor", options.doctor, "say what this machine lacks to be a node, and do nothing");
    try {
        app.parse(count, words);
        if (!options.doctor && options.answers.empty() != options.ask)
            throw CLI::RequiredError("--answers, or --ask");
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? k_done : k_wrong_use;
    }
    if (options.doctor) return tell_of_the_machine(options) ? k_done : k_failed;
    if (const auto done = run(options); !done) {
        std::cerr << "redoubt-install: refused: " << done.error().message << std::endl;
        return k_failed;
    }
    return k_done;
}
