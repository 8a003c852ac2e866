"""Adult social care's national return, Client Level Data (CLD) Release 2: fields and code lists.

Sources: DataS-DHSC/ASC-CLD-LA-Dashboard (fields and their order); SocialCareData/standard PUB02
(code lists), both public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One field of the return.

    Args:
        heading: Official name.
        kind: `string`, `integer`, `number` or `date`.
        meaning: What it holds, in plain words.
        required: Whether every row must have it.
    """

    heading: str
    kind: str
    meaning: str
    required: bool = False

    @property
    def name(self) -> str:
        """Name of the column in the store."""
        return self.heading.lower()


FIELDS: tuple[Field, ...] = (
    Field("LA_Code", "string", "The council that sends the return.", required=True),
    Field("Reporting_Period_Start_Date", "date", "First day that the return covers.",
          required=True),
    Field("Reporting_Period_End_Date", "date", "Last day that the return covers.", required=True),
    Field("NHS_Number", "string", "NHS number of the person."),
    Field("LA_Person_Unique_Identifier", "string", "The council's number for the person.",
          required=True),
    Field("GP_Practice_Code", "string", "Code of the person's GP practice."),
    Field("Gender", "string", "Gender."),
    Field("Ethnicity", "string", "Ethnic group."),
    Field("Date_of_Birth", "date", "Date of birth."),
    Field("Date_of_Death", "date", "Date of death."),
    Field("Client_Type", "string", "Whether the person uses services or is an unpaid carer.",
          required=True),
    Field("Primary_Support_Reason", "string", "The main reason for support."),
    Field("Postcode", "string", "Postcode of the person's home."),
    Field("Accommodation_Status", "string", "Where the person lives."),
    Field("Employment_Status", "string", "Employment of adults with a learning disability."),
    Field("Has_Unpaid_Carer", "string", "Whether an unpaid carer helps."),
    Field("Autism_Spectrum_Disorder_ASD", "string", "Autism spectrum disorder."),
    Field("Visual_Impairment", "string", "Visual impairment."),
    Field("Hearing_Impairment", "string", "Hearing impairment."),
    Field("Dementia", "string", "Dementia."),
    Field("Client_Funding_Status", "string", "Who pays for the service."),
    Field("Event_Type", "string", "Request, assessment, service or review.", required=True),
    Field("Event_Reference", "string", "The council's number for the event.", required=True),
    Field("Event_Start_Date", "date", "First day of the event.", required=True),
    Field("Event_End_Date", "date", "Last day of the event; empty while it runs."),
    Field("Event_Description", "string", "Words of the case system."),
    Field("Event_Outcome", "string", "What came of the event."),
    Field("Request_Route_of_Access", "string", "How the request came."),
    Field("Assessment_Type", "string", "Short term or long term."),
    Field("Eligible_Needs_Identified", "string", "Whether the assessment found eligible needs."),
    Field("Method_of_Assessment", "string", "How the assessment was made."),
    Field("Total_Hrs_Caring_per_week", "string", "Hours of unpaid care a week."),
    Field("No_of_adults_being_cared_for", "integer", "Adults for whom an unpaid carer cares."),
    Field("Adult_1_Linked_Person_ID", "string", "First adult for whom the carer cares."),
    Field("Adult_2_Linked_Person_ID", "string", "Second adult for whom the carer cares."),
    Field("Adult_3_Linked_Person_ID", "string", "Third adult for whom the carer cares."),
    Field("Service_Type", "string", "Kind of service."),
    Field("Service_Component", "string", "The service itself."),
    Field("Delivery_Mechanism", "string", "How it is provided."),
    Field("Provider_CQC_Location_ID", "string", "Location of the provider."),
    Field("Review_Reason", "string", "Why the review took place."),
    Field("Review_Outcomes_Achieved", "string", "Whether the person's aims were reached."),
    Field("Method_of_Review", "string", "How the review was made."),
    Field("Unit_Cost", "number", "Price of a unit in pounds."),
    Field("Cost_Frequency_Unit_Type", "string", "What a unit is."),
    Field("Planned_units_per_week", "number", "Units planned a week."),
)  # fmt: skip
"""The 46 fields in the order of the return."""

EVENT_TYPES = ("Request", "Assessment", "Service", "Review")
CLIENT_TYPES = ("Service user", "Unpaid carer", "Unpaid carer known by association")
GENDERS = ("Female", "Male", "Other", "Not known")
YES_NO = ("Yes", "No", "Unknown")
PRIMARY_SUPPORT_REASONS = (
    "Physical support: Access and mobility only",
    "Physical support: Personal care support",
    "Sensory support: Support for visual impairment",
    "Sensory support: Support for hearing impairment",
    "Sensory support: Support for dual impairment",
    "Support with memory and cognition",
    "Learning disability support",
    "Mental health support",
    "Social support: Substance misuse support",
    "Social support: Asylum seeker support",
    "Social support: Support for social isolation or other reason",
    "Social support: Support to unpaid carer",
    "Unknown",
)
SERVICE_TYPES = (
    "Long term support: Nursing care",
    "Long term support: Residential care",
    "Long term support: Community",
    "Long term support: Prison",
    "Short term support: ST-Max",
    "Short term support: Ongoing low level",
    "Short term support: Other short term",
    "Unpaid carer support: Direct to unpaid carer",
    "Unpaid carer support: Support involving the person cared-for",
)
SERVICE_COMPONENTS = (
    "Reablement",
    "Short term nursing care",
    "Long term nursing care",
    "Short term residential care",
    "Long term residential care",
    "Home support or domiciliary care",
    "Day support",
    "Meals",
    "Transport",
    "Equipment",
    "Direct payment",
    "Shared Lives",
    "Community supported living",
    "Extra care housing",
    "Professional support: Social worker",
    "Professional support: Other",
    "Learning, education or employment support",
    "End of life care",
    "Emergency support",
    "Other short term support",
    "Other long term support",
    "Unpaid carer respite",
    "Unpaid carer sitting service",
    "Unpaid carer universal services",
    "Other unpaid carer support",
)
DELIVERY_MECHANISMS = (
    "Direct payment",
    "CASSR managed personal budget",
    "CASSR commissioned support",
)
EVENT_OUTCOMES = (
    "Progress to reablement/ST-Max",
    "Progress to assessment, review or reassessment",
    "Progress to support planning or services",
    "Admitted to hospital",
    "Continuation of support or services",
    "NFA: Deceased",
    "NFA: Information and advice or signposting",
    "NFA: No services offered for other reason",
    "NFA: Other",
    "NFA: Referral to NHS services or NHS funded social care",
    "NFA: Referral to other service within the local authority",
    "NFA: Responsibility moved to another local authority",
    "NFA: Self-funded client or under 12wk disregard",
    "NFA: Support declined",
    "NFA: Support ended as planned",
    "NFA: Support ended for other reason",
)
COST_FREQUENCIES = (
    "No charge",
    "Per session",
    "Hourly",
    "Daily",
    "Weekly",
    "Fortnightly",
    "4-weekly",
    "Monthly",
    "Quarterly",
    "Annually",
    "One-off",
)
FUNDING_STATUSES = (
    "Fully client funded",
    "Joint client and social care funded",
    "Fully social care funded",
    "Unknown",
)
ASSESSMENT_TYPES = ("Short term", "Long term")
REVIEW_REASONS = (
    "Planned",
    "Unplanned - Hospital",
    "Unplanned - Carer related",
    "Unplanned - Safeguarding concern",
    "Unplanned - Provider failure",
    "Unplanned - Change in needs",
    "Unplanned - Other",
)

CODES: Mapping[str, tuple[str, ...]] = {
    "gender": GENDERS,
    "client_type": CLIENT_TYPES,
    "primary_support_reason": PRIMARY_SUPPORT_REASONS,
    "client_funding_status": FUNDING_STATUSES,
    "event_type": EVENT_TYPES,
    "event_outcome": EVENT_OUTCOMES,
    "assessment_type": ASSESSMENT_TYPES,
    "service_type": SERVICE_TYPES,
    "service_component": SERVICE_COMPONENTS,
    "delivery_mechanism": DELIVERY_MECHANISMS,
    "review_reason": REVIEW_REASONS,
    "cost_frequency_unit_type": COST_FREQUENCIES,
    "has_unpaid_carer": YES_NO,
    "autism_spectrum_disorder_asd": YES_NO,
    "visual_impairment": YES_NO,
    "hearing_impairment": YES_NO,
    "dementia": YES_NO,
}
"""Code lists by column."""
