// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/tar_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

namespace redoubt::node::storage {
namespace {

constexpr std::size_t k_block_bytes = 256U << 10U;

oci::EntryKind kind_of(archive_entry* entry) {
    if (archive_entry_hardlink(entry) != nullptr) return oci::EntryKind::hard_link;
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG: return oci::EntryKind::file;
    case AE_IFDIR: return oci::EntryKind::directory;
    case AE_IFLNK: return oci::EntryKind::symlink;
    case AE_IFIFO: return oci::EntryKind::fifo;
    case AE_IFCHR: return oci::EntryKind::character_device;
    case AE_IFBLK: return oci::EntryKind::block_device;
    default: return oci::EntryKind::other;
    }
}

std::string text_or_empty(const char* text) {
    return text == nullptr ? std::string() : std::string(text);
}

void read_xattrs(archive_entry* from, oci::LayerEntry& to) {
    archive_entry_xattr_reset(from);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK)
        to.xattrs[name] = std::string(static_cast<const char*>(value), size);
}

oci::LayerEntry entry_of(archive_entry* from) {
    oci::LayerEntry entry;
    entry.path = text_or_empty(archive_entry_pathname(from));
    entry.kind = kind_of(from);
    if (entry.kind == oci::EntryKind::hard_link) entry.link = text_or_empty(archive_entry_hardlink(from));
    if (entry.kind == oci::EntryKind::symlink) entry.link = text_or_empty(archive_entry_symlink(from));
    entry.size = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(from), 0));
    entry.mode = archive_entry_perm(from) & 07777U;
    entry.uid = archive_entry_uid(from);
    entry.gid = archive_entry_gid(from);
    entry.mtime_seconds = archive_entry_mtime(from);
    entry.mtime_nanoseconds = static_cast<std::uint32_t>(archive_entry_mtime_nsec(from));
    entry.device_major = archive_entry_rdevmajor(from);
    entry.device_minor = archive_entry_rdevminor(from);
    entry.is_sparse = archive_entry_sparse_count(from) > 0;
    read_xattrs(from, entry);
    return entry;
}

/// libarchive converts pax names to the locale's character set, and in the C locale fails. This thread alone
/// reads UTF-8 as UTF-8 while it is in here.
class LocaleScope {
  public:
    explicit LocaleScope(locale_t locale) : before_(::uselocale(locale)) {}
    LocaleScope(const LocaleScope&) = delete;
    LocaleScope& operator=(const LocaleScope&) = delete;
    LocaleScope(LocaleScope&&) = delete;
    LocaleScope& operator=(LocaleScope&&) = delete;
    ~LocaleScope() { ::uselocale(before_); }

  private:
    locale_t before_;
};

} // namespace

void TarReader::Free::operator()(archive* reader) const {
    archive_read_free(reader);
}

void TarReader::Free::operator()(locale_t locale) const {
    ::freelocale(locale);
}

Result<TarReader> TarReader::make() {
    std::unique_ptr<archive, Free> reader(archive_read_new());
    if (!reader) return fail(Code::resource_exhausted, "read tar: no memory");
    archive_read_support_format_tar(reader.get());
    archive_read_support_format_empty(reader.get()); // a layer of no bytes changes nothing
    Locale locale(::newlocale(LC_ALL_MASK, "C.UTF-8", nullptr));
    if (!locale) return fail(Code::failed_precondition, "read tar: the locale C.UTF-8 is missing");
    return TarReader(std::move(reader), std::move(locale));
}

Result<TarReader> TarReader::open(int fd) {
    RDT_TRY(auto reader, make());
    if (archive_read_open_fd(reader.reader_.get(), fd, k_block_bytes) != ARCHIVE_OK) return reader.broken();
    return reader;
}

Result<TarReader> TarReader::open(std::string_view bytes) {
    RDT_TRY(auto reader, make());
    if (archive_read_open_memory(reader.reader_.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        return reader.broken();
    return reader;
}

std::unexpected<Error> TarReader::broken() const {
    const auto text = text_or_empty(archive_error_string(reader_.get()));
    return fail(Code::invalid_argument, "broken tar at entry {}: {}", count_,
                text.empty() ? "unknown" : text);
}

Result<std::optional<oci::LayerEntry>> TarReader::next() {
    const LocaleScope utf8(locale_.get());
    archive_entry* entry = nullptr;
    const int outcome = archive_read_next_header(reader_.get(), &entry);
    if (outcome == ARCHIVE_EOF) return std::nullopt;
    ++count_;
    // A warning means that something of the entry was not understood: another reader might see another layer.
    if (outcome != ARCHIVE_OK) return broken();
    return entry_of(entry);
}

Status TarReader::read_data(std::uint64_t size, const std::function<Status(std::string_view)>& sink) {
    std::uint64_t done = 0;
    for (;;) {
        const void* block = nullptr;
        std::size_t length = 0;
        la_int64_t offset = 0;
        const int outcome = archive_read_data_block(reader_.get(), &block, &length, &offset);
        if (outcome == ARCHIVE_EOF) break;
        if (outcome != ARCHIVE_OK) return broken();
        if (length == 0) continue;
        if (static_cast<std::uint64_t>(offset) != done)
            return fail(Code::invalid_argument, "sparse files are not supported (size {} bytes)", size);
        RDT_CHECK(sink({static_cast<const char*>(block), length}));
        done += length;
    }
    if (done == size) return {};
    // libarchive reports data that is cut off by itself; what it leaves out silently is a hole.
    return fail(Code::invalid_argument, "sparse files are not supported (size {} bytes)", size);
}

} // namespace redoubt::node::storage
