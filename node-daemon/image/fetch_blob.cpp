// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/fetch_blob.hpp"

#include <charconv>
#include <optional>

#include "node-daemon/image/blob_file.hpp"

namespace redoubt::node::image {
namespace {

constexpr Duration k_report_every = std::chrono::milliseconds(100);
constexpr Duration k_lock_poll = std::chrono::milliseconds(100);

/// Reports the growth of one blob, not too often.
class Reporter {
  public:
    Reporter(const oci::Descriptor& blob, ProgressFn progress)
        : progress_(std::move(progress)), digest_(blob.digest.str()), total_(blob.size) {}

    void report(LayerPhase phase, std::uint64_t done) {
        if (progress_) progress_({digest_, phase, done, total_});
        last_ = Clock::now();
    }
    void report_growth(std::uint64_t done) {
        if (Clock::now() - last_ >= k_report_every) report(LayerPhase::downloading, done);
    }

  private:
    ProgressFn progress_;
    std::string digest_;
    std::uint64_t total_;
    Clock::time_point last_;
};

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Where a 206 answer begins: "bytes 100-199/200".
std::optional<std::uint64_t> range_start(const http::Response& head) {
    const auto value = head.headers.find("Content-Range").value_or("");
    if (!value.starts_with("bytes ")) return std::nullopt;
    return parse_number(std::string_view(value).substr(6, value.find('-') - 6));
}

/// Puts the file where the answer's first byte belongs, and checks that the answer's length fits.
Status begin_transfer(BlobFile& file, const http::Response& head) {
    if (head.status == 206) {
        if (range_start(head) != file.size())
            return fail(Code::data_loss, "registry answered with another range than the one asked for");
    } else if (file.size() > 0) {
        RDT_CHECK(file.restart());
    }
    const auto length = parse_number(head.headers.find("Content-Length").value_or(""));
    if (!length || file.size() + *length == file.wanted_size()) return {};
    file.discard();
    return fail(Code::data_loss, "registry has {} bytes of it, the manifest says {}", file.size() + *length,
                file.wanted_size());
}

/// How one request ended, and whether it came as far as the first byte.
struct TransferEnd {
    Status status;
    bool has_begun = false;
};

Status check_answer(const http::Response& response, BlobFile& file) {
    if (response.is_success()) return {};
    if (response.status == 404) return fail(Code::not_found, "not in the registry");
    if (response.status == 416) return file.restart();
    return fail(Code::unavailable, "registry answered with status {}", response.status);
}

/// One request: everything from the end of the file on.
asio::awaitable<TransferEnd> transfer(RegistrySession& session, BlobFile& file, std::string path,
                                      Reporter& reporter) {
    TransferEnd end;
    http::Headers headers;
    if (file.size() > 0) headers.add("Range", std::format("bytes={}-", file.size()));
    http::BodySink sink;
    sink.begin = [&file, &end](const http::Response& head) {
        end.has_begun = true;
        return begin_transfer(file, head);
    };
    sink.write = [&file, &reporter](std::string_view bytes) {
        reporter.report_growth(file.size());
        return file.append(bytes);
    };
    const auto response = co_await session.get(path, headers, sink);
    end.status = response ? check_answer(*response, file) : std::unexpected(response.error());
    co_return end;
}

/// What never began was tried again by the session already, where there was hope.
bool is_worth_resuming(const TransferEnd& end) {
    const auto code = end.status.error().code;
    return end.has_begun && (code == Code::unavailable || code == Code::deadline_exceeded);
}

/// The file, once no other pull is writing it; nothing when the other one finished it.
Task<std::optional<BlobFile>> open_when_free(std::filesystem::path directory, oci::Descriptor blob) {
    for (;;) {
        RDT_CO_TRY(const bool is_there, co_await has_blob(directory, blob.digest, blob.size));
        if (is_there) co_return std::optional<BlobFile>();
        RDT_CO_TRY(auto file, co_await BlobFile::open(directory, blob.digest, blob.size));
        if (file) co_return file;
        co_await sleep_for(k_lock_poll);
    }
}

} // namespace

Task<std::filesystem::path> fetch_blob(RegistrySession& session, oci::Descriptor blob,
                                       std::filesystem::path directory, ProgressFn progress) {
    Reporter reporter(blob, std::move(progress));
    RDT_CO_TRY(auto file, co_await open_when_free(directory, blob));
    if (!file) {
        reporter.report(LayerPhase::exists, blob.size);
        co_return blob_path(directory, blob.digest);
    }
    reporter.report(LayerPhase::downloading, file->size());
    const auto& policy = session.retry_policy();
    auto wait = policy.first_wait;
    for (unsigned tries = 0; file->size() < blob.size; ++tries) {
        const auto end = co_await transfer(session, *file, "blobs/" + blob.digest.str(), reporter);
        if (end.status && (file->size() > 0 || tries == policy.retries)) break;
        if (!end.status && (tries == policy.retries || !is_worth_resuming(end)))
            co_return std::unexpected(end.status.error().within("layer " + blob.digest.str()));
        co_await sleep_for(wait);
        wait *= 2;
    }
    auto path = file->finish();
    if (!path) co_return std::unexpected(path.error().within("layer"));
    reporter.report(LayerPhase::done, blob.size);
    co_return path;
}

} // namespace redoubt::node::image
